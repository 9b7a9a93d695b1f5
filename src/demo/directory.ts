/** A made-up person. */
export type Person = Readonly<{
  id: string
  name: string
  email: string
  role: string
  team: string
}>

/** The people of the demo. Deleting is real, and lasts until the server starts again. */
export type Directory = Readonly<{
  all: () => readonly Person[]
  find: (id: string) => Person | undefined
  /** Whether there was somebody to remove. */
  remove: (id: string) => boolean
  /** Calls back after each removal, until the returned function is called. */
  watch: (changed: () => void) => () => void
}>

const person = (id: string, name: string, role: string, team: string): Person => {
  // RFC 2606 §3 keeps example.com free of real mailboxes.
  const email = `${name.toLowerCase().replace(' ', '.')}@example.com`
  return { id, name, email, role, team }
}

const PEOPLE: readonly Person[] = [
  person('1', 'Ada Byron', 'engineer', 'Analytics'),
  person('2', 'Grace Murray', 'admiral', 'Compilers'),
  person('3', 'Alan Mathison', 'researcher', 'Cryptography'),
  person('4', 'Katherine Coleman', 'engineer', 'Trajectories'),
  person('5', 'Edsger Wybe', 'researcher', 'Algorithms'),
  person('6', 'Radia Joy', 'engineer', 'Networks'),
  person('7', 'Barbara Jane', 'architect', 'Languages'),
]

export const createDirectory = (): Directory => {
  const people = new Map(PEOPLE.map((entry) => [entry.id, entry]))
  const watchers = new Set<() => void>()
  return {
    all: () => [...people.values()],
    find: (id) => people.get(id),
    remove: (id) => {
      const existed = people.delete(id)
      if (existed) for (const changed of [...watchers]) changed()
      return existed
    },
    watch: (changed) => {
      watchers.add(changed)
      return () => watchers.delete(changed)
    },
  }
}
