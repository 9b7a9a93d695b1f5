import { clock } from '../clock.ts'
import { EMPTY, type Line, line } from '../line.ts'
import type { Row } from '../row.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'

type Person = {
  name: string
  issuer: string
  roles: string
  calls: number
  denied: number
  last: Row
}

const WIDTHS = { name: 28, calls: 7, denied: 8, last: 10 } as const

/** Who called: with what roles, how often, how often in vain, and when last. */
export const peopleLines = (state: State, columns: number): readonly Line[] => {
  const people = [...peopleOf(state.rows).values()].sort(
    (left, right) => right.last.at - left.last.at,
  )
  if (people.length === 0) return [EMPTY, line(['  Nobody has called yet.', 'dim'])]
  const rest = columns - 2 - Object.values(WIDTHS).reduce((sum, width) => sum + width + 1, 0)
  const roles = Math.max(10, Math.floor(rest / 2))
  return [
    line([
      `  ${fit('WHO', WIDTHS.name)} ${fit('CALLS', WIDTHS.calls, 'right')} ${fit('DENIED', WIDTHS.denied, 'right')}  ${fit('LAST', WIDTHS.last)}${fit('ROLES', roles)} ISSUER`,
      'dim',
    ]),
    ...people.map((person) =>
      line(
        `  ${fit(person.name, WIDTHS.name)} ${fit(String(person.calls), WIDTHS.calls, 'right')} `,
        [fit(String(person.denied), WIDTHS.denied, 'right'), person.denied > 0 ? 'deny' : 'dim'],
        [`  ${fit(clock(person.last.at, state.zone), WIDTHS.last)}`, 'dim'],
        fit(person.roles, roles),
        [` ${fit(person.issuer, Math.max(0, rest - roles - 1))}`, 'dim'],
      ),
    ),
  ]
}

const peopleOf = (rows: readonly Row[]): ReadonlyMap<string, Person> => {
  const people = new Map<string, Person>()
  for (const row of rows) {
    const { event, mark } = row
    if (event.face === 'admin' || event.subject === undefined) continue
    const id = `${event.issuer}|${event.subject}`
    const known = people.get(id)
    people.set(id, {
      name: event.user ?? event.subject,
      issuer: event.issuer ?? '',
      roles: event.decision?.roles.join(', ') ?? known?.roles ?? '',
      calls: (known?.calls ?? 0) + 1,
      denied: (known?.denied ?? 0) + (mark === 'deny' ? 1 : 0),
      last: row,
    })
  }
  return people
}
