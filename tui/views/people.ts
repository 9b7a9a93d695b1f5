import type { Snapshot } from '../../src/core/snapshot.ts'
import { chosenWho } from '../choose.ts'
import { clock } from '../clock.ts'
import { EMPTY, type Line, line, select } from '../line.ts'
import type { State } from '../state.ts'
import type { Tone } from '../theme.ts'
import { around, type Cell, cellLine, titleLine, untold } from './servers.ts'

type Person = Snapshot['people'][number]
type Session = Snapshot['sessions']['list'][number]

/** Who called, how often, how often in vain, until when; then the sessions of their clients. */
export const peopleLines = (state: State, columns: number, rows: number): readonly Line[] => {
  const { snapshot } = state
  if (snapshot === undefined) return untold(state)
  const { people, sessions } = snapshot
  const here = chosenWho(state)?.key
  const wide = columns >= 110
  const listed = (cells: readonly Cell[], key: string, values: Parameters<typeof cellLine>[1]) => {
    const shown = cellLine(cells, values, key === here ? state.theme.glyphs.cursor : ' ')
    return key === here ? select(shown, columns) : shown
  }
  const ofPeople = people.map((person) =>
    listed(
      PEOPLE[wide ? 'wide' : 'narrow'],
      `${person.issuer ?? ''}|${person.subject ?? person.user}`,
      personValues(person, state),
    ),
  )
  const ofSessions = sessions.list.map((session) =>
    listed(SESSIONS[wide ? 'wide' : 'narrow'], session.id, sessionValues(session, state)),
  )
  const lines = [
    ...(ofPeople.length === 0
      ? [line(['  Nobody has called yet.', 'dim'])]
      : [titleLine(PEOPLE[wide ? 'wide' : 'narrow']), ...ofPeople]),
    EMPTY,
    line(
      [' Sessions', 'title'],
      [`  ${sessions.count}; clients of the modern era have none`, 'dim'],
    ),
    ...(ofSessions.length === 0 ? [] : [titleLine(SESSIONS[wide ? 'wide' : 'narrow'])]),
    ...ofSessions,
  ]
  return around(
    lines,
    lines.findIndex(({ spans: [first] }) => first?.selected === true),
    rows,
  )
}

const PEOPLE = {
  narrow: [
    ['WHO', 24],
    ['CALLS', 7, 'right'],
    ['DENIED', 8, 'right'],
    ['LAST', 9],
    ['TOKEN', 12],
    ['ROLES', 18],
  ],
  wide: [
    ['WHO', 30],
    ['CALLS', 8, 'right'],
    ['DENIED', 8, 'right'],
    ['ERRORS', 8, 'right'],
    ['LAST', 10],
    ['TOKEN', 14],
    ['ROLES', 34],
    ['ISSUER', 44],
  ],
} as const satisfies Record<string, readonly Cell[]>

const SESSIONS = {
  narrow: [
    ['CLIENT', 24],
    ['REVISION', 11],
    ['WHO', 18],
    ['SERVER', 14],
    ['CALLS', 6, 'right'],
    ['LAST', 9],
  ],
  wide: [
    ['CLIENT', 34],
    ['REVISION', 12],
    ['WHO', 30],
    ['SERVER', 26],
    ['CALLS', 8, 'right'],
    ['LAST', 10],
    ['SINCE', 10],
    ['SESSION', 10],
  ],
} as const satisfies Record<string, readonly Cell[]>

const at = (time: string, { zone }: State): string => clock(Date.parse(time), zone)

const counted = (count: number, tone: Tone): readonly [string, Tone] => [
  String(count),
  count > 0 ? tone : 'dim',
]

const personValues = (person: Person, state: State): Parameters<typeof cellLine>[1] => ({
  WHO: [person.user, 'strong'],
  CALLS: [String(person.calls), 'plain'],
  DENIED: counted(person.denials, 'deny'),
  ERRORS: counted(person.errors, 'error'),
  LAST: [at(person.last_seen, state), 'dim'],
  TOKEN: tokenText(person, state),
  ROLES: [person.roles.join(', '), 'plain'],
  ISSUER: [person.issuer ?? '', 'dim'],
})

const MINUTE = 60_000

/** How long the token with which they were seen last goes on. */
const tokenText = ({ token_expires_at: ends }: Person, { now }: State): readonly [string, Tone] => {
  if (ends === undefined) return ['—', 'dim']
  const left = Date.parse(ends) - now
  if (left <= 0) return ['expired', 'warn']
  if (left < MINUTE) return [`${Math.floor(left / 1_000)} s left`, 'warn']
  const minutes = Math.floor(left / MINUTE)
  return [minutes < 120 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h left`, 'plain']
}

const sessionValues = (session: Session, state: State): Parameters<typeof cellLine>[1] => ({
  CLIENT: [session.client ?? 'not said', session.client === undefined ? 'dim' : 'strong'],
  REVISION: [session.version ?? '—', 'plain'],
  WHO: [session.user ?? session.subject, 'plain'],
  SERVER: [session.server, 'plain'],
  CALLS: [String(session.calls), 'plain'],
  LAST: [at(session.last_used, state), 'dim'],
  SINCE: [at(session.started_at, state), 'dim'],
  SESSION: [`${session.id}…`, 'dim'],
})
