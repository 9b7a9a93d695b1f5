import { assertSafeName } from '../core/operation.ts'
import type { Resource } from '../core/resource.ts'
import { isClosed, SERVER_ACTIONS } from './actions.ts'
import { coversAction } from './compile.ts'
import { isLiteral } from './glob.ts'
import type { Judge } from './judge.ts'
import type { Line } from './line.ts'
import { createLineIndex } from './line-index.ts'
import { type Asker, createQuestion, type Question } from './question.ts'

/** A line that permits, and what it was asked. */
export type Offer = Readonly<{ line: Line; question: Question }>

/** Which line speaks for what; undefined when none does, which denies. */
export type Access = Readonly<{
  /** The first line that holds for a question. @throws when the judge answers with what is no line */
  speak: (question: Question) => Line | undefined
  /** As `speak`, for one item by its name. Nothing is permitted on a name that can be read in two ways. */
  item: (asker: Asker, action: string, resource: Resource) => Line | undefined
  /** How the action is permitted on some item of the server that no deny rule takes away. */
  offer: (asker: Asker, action: string, server: string) => Offer | undefined
  /** How anything at all is permitted on the server. */
  usable: (asker: Asker, server: string) => Offer | undefined
}>

export const createAccess = (lines: readonly Line[], judge: Judge): Access => {
  const known = new Set<unknown>(lines)
  const index = createLineIndex(lines)
  const offering = createLineIndex(
    lines.filter((line) => line.offers.length > 0),
    ['user', 'role', 'group', 'server'],
  )

  const speak = (question: Question): Line | undefined => {
    const line = judge(index(question.folded), question)
    if (line !== undefined && !known.has(line)) throw new Error('the judge named no line of ours')
    return line
  }

  const offersOf = (asker: Asker, server: string) =>
    offering(createQuestion(asker, '*', { server, name: '*' }, 'some').folded)

  const offer = (asker: Asker, action: string, server: string): Offer | undefined => {
    const whole = createQuestion(asker, action, { server, name: '*' }, 'every')
    const final = speak(whole)
    if (isDenyRule(final)) return undefined
    if (isPermitting(final)) return { line: final, question: whole }
    const globs = offersOf(asker, server)
      .filter((line) => coversAction(line.actions, action))
      .flatMap((line) => line.offers)
    for (const name of new Set(globs)) {
      const extent = isLiteral(name) ? 'one' : 'some'
      const question = createQuestion(asker, action, { server, name }, extent)
      const line = speak(question)
      if (isPermitting(line)) return { line, question }
    }
    return undefined
  }

  return {
    speak,
    offer,
    item: (asker, action, resource) =>
      isSafe(resource.name) ? speak(createQuestion(asker, action, resource, 'one')) : undefined,
    usable: (asker, server) => {
      const actions = new Set(offersOf(asker, server).flatMap(actionsOf))
      for (const action of actions) {
        const found = offer(asker, action, server)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}

export const isPermitting = (line: Line | undefined): line is Line =>
  line?.source.effect === 'allow'

/** Whether a rule takes something away, and not just nothing gives it. */
export const isDenyRule = (line: Line | undefined): line is Line =>
  line?.source.kind === 'rule' && line.source.effect === 'deny'

const actionsOf = ({ actions }: Line): readonly string[] => {
  if (!actions.startsWith('action:')) return SERVER_ACTIONS
  const action = actions.slice('action:'.length)
  return isClosed(action) || SERVER_ACTIONS.includes(action) ? [action] : []
}

const isSafe = (name: string): boolean => {
  try {
    assertSafeName(name)
    return true
  } catch {
    return false
  }
}
