import type { Snapshot } from '../../src/core/snapshot.ts'
import { chosenWho, clientKey } from '../choose.ts'
import { clock } from '../clock.ts'
import { EMPTY, type Line, line, select } from '../line.ts'
import type { State } from '../state.ts'
import type { Tone } from '../theme.ts'
import { around, type Cell, cellLine, titleLine, untold } from './servers.ts'

type Person = Snapshot['people'][number]
type Client = NonNullable<Snapshot['clients']>[number]
type Session = Snapshot['sessions']['list'][number]

/** Who called, how often, how often in vain, until when; then their clients, with sessions and without. */
export const peopleLines = (state: State, columns: number, rows: number): readonly Line[] => {
  const { snapshot } = state
  if (snapshot === undefined) return untold(state)
  const { people, sessions, clients = [] } = snapshot
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
  const ofClients = clients.map((client) =>
    listed(CLIENTS[wide ? 'wide' : 'narrow'], clientKey(client), clientValues(client, state)),
  )
  const lines = [
    ...(ofPeople.length === 0
      ? [line(['  Nobody has called yet.', 'dim'])]
      : [titleLine(PEOPLE[wide ? 'wide' : 'narrow']), ...ofPeople]),
    EMPTY,
    line([' Sessions', 'title'], [`  ${sessions.count} of the legacy era`, 'dim']),
    ...(ofSessions.length === 0 ? [] : [titleLine(SESSIONS[wide ? 'wide' : 'narrow'])]),
    ...ofSessions,
    EMPTY,
    line(
      [' Clients without a session', 'title'],
      [`  ${clients.length} of the modern era, which has none`, 'dim'],
    ),
    ...(ofClients.length === 0 ? [] : [titleLine(CLIENTS[wide ? 'wide' : 'narrow'])]),
    ...ofClients,
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
    ['CLIENT', 21],
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

const CLIENTS = {
  narrow: [
    ['CLIENT', 21],
    ['REVISION', 11],
    ['WHO', 18],
    ['CALLS', 6, 'right'],
    ['DENIED', 7, 'right'],
    ['LAST', 9],
  ],
  wide: [
    ['CLIENT', 34],
    ['REVISION', 12],
    ['WHO', 30],
    ['SERVER', 26],
    ['CALLS', 8, 'right'],
    ['DENIED', 8, 'right'],
    ['ERRORS', 8, 'right'],
    ['LAST', 10],
    ['SINCE', 10],
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
  CLIENT: nameOf(session),
  REVISION: [session.version ?? '—', 'plain'],
  WHO: [session.user ?? session.subject, 'plain'],
  SERVER: [session.server, 'plain'],
  CALLS: [String(session.calls), 'plain'],
  LAST: [at(session.last_used, state), 'dim'],
  SINCE: [at(session.started_at, state), 'dim'],
  SESSION: [`${session.id}…`, 'dim'],
})

const clientValues = (client: Client, state: State): Parameters<typeof cellLine>[1] => ({
  CLIENT: nameOf(client),
  REVISION: [client.version ?? '—', 'plain'],
  WHO: [client.user, 'plain'],
  SERVER: [client.server ?? '—', 'plain'],
  CALLS: [String(client.calls), 'plain'],
  DENIED: counted(client.denials, 'deny'),
  ERRORS: counted(client.errors, 'error'),
  LAST: [at(client.last_seen, state), 'dim'],
  SINCE: [at(client.first_seen, state), 'dim'],
})

const nameOf = ({ client }: Pick<Client, 'client'>): readonly [string, Tone] =>
  client === undefined ? ['not said', 'dim'] : [client, 'strong']
