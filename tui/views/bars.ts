import { isReadOnly, refusalOf } from '../allowed.ts'
import { clock } from '../clock.ts'
import { type Binding, bindingsAt, keyLabel, keyOf } from '../keymap.ts'
import { between, type Line, line, lineWidth, type Piece, ruled } from '../line.ts'
import { focusOf, linkSentence } from '../reduce.ts'
import { SCREENS, type Screen, type State } from '../state.ts'
import { cut } from '../text.ts'
import { waiting } from '../visible.ts'
import { guidePieces } from './guide.ts'
import { inputLine } from './input.ts'

/** What is watched, and how it is doing; what has no room is left out. */
export const headLine = (state: State): Line => {
  const { place, counts, open, size, theme } = state
  const busy = open.size - adminOpen(state)
  const clockLine = line([`${clock(state.now, state.zone)} `, 'dim'])
  const isRemote = state.link.kind !== 'file' && !isHere(place)
  const first: readonly Piece[] = [
    [' datacline', 'title'],
    [` ${theme.glyphs.cursor} `, 'dim'],
    isRemote ? [` REMOTE ${shortPlace(place)} `, 'remote'] : shortPlace(place),
    ...headFlags(state),
    linkPiece(state),
  ]
  const numbers: readonly Piece[] = [
    `  ${counts.calls} calls`,
    [`  ${counts.denied} denied`, counts.denied > 0 ? 'deny' : 'dim'],
    [`  ${counts.failed} failed`, counts.failed > 0 ? 'error' : 'dim'],
    [busy > 0 ? `  ${busy} under way` : '', 'pending'],
    [counts.missed > 0 ? `  ${counts.missed} missed` : '', 'dim'],
  ]
  const told = piecesFitting([first, ...numbers.map((each) => [each])], size.columns)
  const room = size.columns - lineWidth(line(...told)) - lineWidth(clockLine) - 1
  const well = piecesFitting(
    standing(state).map((each) => [each]),
    room,
  )
  return between(line(...told, ...well), clockLine, size.columns)
}

const shortPlace = (place: string): string => place.replace(/^https?:\/\//, '')

/** Whether the gateway is on this machine: what is done elsewhere is not done by mistake. */
const isHere = (place: string): boolean =>
  /^(?:https?:\/\/)?(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)(?::\d+)?(?:\/|$)/.test(place)

/** What is as it should be; what is not is among the flags, on every width. */
const standing = ({ snapshot }: State): readonly Piece[] => {
  if (snapshot === undefined) return []
  const { gateway, policy, record } = snapshot
  return [
    [gateway.auth_enabled ? '   auth on' : '', 'dim'],
    [policy.state === 'ok' ? `   policy ${policy.hash.slice(0, 6)} ok` : '', 'dim'],
    [record.state === 'up' ? `   record #${record.head_seq} ok` : '', 'dim'],
  ]
}

const adminOpen = ({ rows, open }: State): number => {
  let found = 0
  for (const { event } of rows) {
    if (event.face === 'admin' && event.phase === 'intent' && open.has(event.exchange_id)) found++
  }
  return found
}

const headFlags = (state: State): readonly Piece[] => [
  ...(state.snapshot?.gateway.auth_enabled === false ? [['  NO-AUTH', 'warn'] as const] : []),
  ...(isReadOnly(state) ? [['  READ-ONLY', 'warn'] as const] : []),
  ...wrongs(state.snapshot),
]

const wrongs = (snapshot: State['snapshot']): readonly Piece[] => [
  ...(snapshot !== undefined && snapshot.policy.state !== 'ok'
    ? [[`  policy ${snapshot.policy.state}`, 'error'] as const]
    : []),
  ...(snapshot?.record.state === 'down' ? [['  record down', 'error'] as const] : []),
]

const RATE_SPAN = 10_000

const linkPiece = (state: State): Piece => {
  const { link, theme } = state
  if (link.kind === 'live') return [`  ${theme.glyphs.live}LIVE ${rate(state)}/s`, 'permit']
  if (link.kind === 'file') return [`  ${theme.glyphs.off} recording`, 'dim']
  return [`  ${theme.glyphs.lost} ${link.kind}`, 'warn']
}

const rate = ({ rows, now, admin }: State): number => {
  let count = 0
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at]
    if (row === undefined || row.at < now - RATE_SPAN) break
    if (admin || row.event.face !== 'admin') count++
  }
  return Math.round(count / (RATE_SPAN / 1000))
}

export const TITLES: Readonly<Record<Screen, readonly [short: string, long: string]>> = {
  traffic: ['Traffic', 'Traffic'],
  servers: ['Servers', 'Servers & tools'],
  policies: ['Policy', 'Policies'],
  people: ['People', 'People & sessions'],
  stats: ['Stats', 'Stats'],
  log: ['Log', 'Log'],
}

export const tabLine = (state: State): Line => {
  const wide = state.size.columns >= 140
  const tabs = SCREENS.flatMap((screen, at): readonly Piece[] => {
    const isHere = screen === state.screen
    const title = TITLES[screen][wide ? 1 : 0]
    return [
      [`${wide ? '   ' : '  '}${at + 1} `, isHere ? 'key' : 'dim'],
      [title, isHere ? 'strong' : 'plain'],
    ]
  })
  const right = line(['?', 'key'], ' help   ', [':', 'key'], ' command ')
  return between(line(...tabs), right, state.size.columns)
}

/** The filter, or the line that is being typed in its place. */
export const filterLine = (state: State): Line => {
  const { input, filter, size, theme } = state
  if (input !== undefined) return inputLine(state, input)
  const shown = line(` ${state.visible.length} of ${listable(state)} `)
  const chips: Piece[] =
    filter.text === ''
      ? [
          [' filter ', 'dim'],
          ['none', 'dim'],
          ['   /', 'key'],
          [' such as decision:deny server:prod', 'dim'],
        ]
      : [
          [' filter ', 'dim'],
          [filter.text, filter.on ? 'strong' : 'dim'],
          [filter.on ? '' : '  (off, F)', 'warn'],
        ]
  if (state.markedOnly) chips.push([`   ${theme.glyphs.marked} marked only`, 'warn'])
  if (state.search !== '') chips.push(['   search ', 'dim'], cut(state.search, 20))
  return between(line(...chips), shown, size.columns)
}

const listable = ({ rows, admin }: State): number =>
  admin ? rows.length : rows.reduce((sum, { event }) => sum + (event.face === 'admin' ? 0 : 1), 0)

/** The rule above the hints, with what hinders watching in it. */
export const footRule = (state: State, keymap: readonly Binding[]): Line => {
  const { size, theme, paused, link } = state
  const key = (command: string) => keyOf(keymap, focusOf(state), command, theme.ascii)
  const parts: Piece[] = []
  if (link.kind === 'lost' || link.kind === 'refused') {
    parts.push([linkSentence(link, state.place), 'warn'])
  }
  if (paused !== undefined) {
    parts.push([`PAUSED  +${waiting(state)} new  ${key('pause')} goes on`, 'pending'])
  } else if (state.guide) parts.push(...guidePieces(state, keymap))
  else if (!state.follow && focusOf(state) === 'traffic' && state.visible.length > 0) {
    parts.push(['not following, ', 'dim'], [key('last'), 'key'], [' goes to the newest', 'dim'])
  }
  return ruled(parts, size.columns, theme)
}

/** Hints of the keymap, or what there is to say. */
export const hintLine = (state: State, keymap: readonly Binding[]): Line => {
  const { message, chord } = state
  if (chord !== undefined) return chordLine(state, keymap, chord)
  if (message !== undefined) return line([` ${message.text}`, message.tone])
  const hints = state.input === undefined ? keyHints(state, keymap) : typingHints(state)
  const last = hints.slice(-LASTING)
  const room = state.size.columns - lineWidth(line(...last.flat()))
  return line(...piecesFitting(hints.slice(0, -LASTING), room), ...last.flat())
}

/** How many of the hints, the last ones, stay however narrow it is. */
const LASTING = 3

type Hint = readonly Piece[]

const hint = (key: string, does: string, isRefused = false): Hint => [
  [` ${key}`, isRefused ? 'dim' : 'key'],
  [` ${does} `, isRefused ? 'dim' : 'plain'],
]

const typingHints = ({ theme: { ascii } }: State): readonly Hint[] => [
  hint(keyLabel('enter', ascii), 'take it'),
  hint('tab', 'complete'),
  hint(keyLabel('up', ascii), 'earlier ones'),
  hint('esc', 'clear, then leave'),
]

const keyHints = (state: State, keymap: readonly Binding[]): readonly Hint[] =>
  bindingsAt(keymap, focusOf(state)).flatMap(({ keys, hint: does, command }) =>
    does === undefined
      ? []
      : [
          hint(
            keyLabel(keys[0] ?? '', state.theme.ascii).replace(/^y c$/, 'y'),
            does,
            refusalOf(state, command) !== undefined,
          ),
        ],
  )

const chordLine = (state: State, keymap: readonly Binding[], chord: string): Line => {
  const ways = bindingsAt(keymap, focusOf(state)).flatMap(({ keys, command }) =>
    keys.filter((key) => key.startsWith(`${chord} `)).map((key) => ({ key, command })),
  )
  return line(
    [` ${chord} `, 'strong'],
    ...ways.flatMap(({ key, command }): readonly Piece[] => [
      [` ${key.slice(chord.length + 1)}`, 'key'],
      ` ${command} `,
    ]),
  )
}

const piecesFitting = (parts: readonly Hint[], columns: number): readonly Piece[] => {
  const shown: Piece[] = []
  for (const part of parts) {
    if (lineWidth(line(...shown, ...part)) > columns) break
    shown.push(...part)
  }
  return shown
}
