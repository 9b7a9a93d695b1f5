import { refusalOf } from '../allowed.ts'
import { COMMANDS } from '../commands.ts'
import { type Binding, bindingsAt, keyLabel, PLACES, type Place } from '../keymap.ts'
import { EMPTY, fitBlock, type Line, line } from '../line.ts'
import { focusOf } from '../reduce.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'

const HEADINGS: Readonly<Record<Place, string>> = {
  traffic: 'On the list of calls',
  detail: 'In a call',
  servers: 'On servers and tools',
  people: 'On people and sessions',
  form: 'In the form of a call',
  policies: 'On the policy',
  stats: 'On the figures',
  rule: 'While a rule is written',
  anywhere: 'Everywhere',
}

/** Keys of this screen first, then those that hold everywhere, then commands and filters; or what was searched. */
export const helpLines = (
  state: State,
  keymap: readonly Binding[],
  rows: number,
): readonly Line[] => {
  const body = searched(state, helpBody(state, keymap))
  const from = Math.min(state.help?.scroll ?? 0, Math.max(0, body.length - (rows - 1)))
  const to = Math.min(body.length, from + rows - 1)
  const wanted = wordOf(state)
  return [
    line(
      [' Help', 'strong'],
      ['   ↑ ↓', 'key'],
      ` ${from + 1}-${to} of ${body.length} lines`,
      ['   /', 'key'],
      wanted === '' ? ' searches' : [` only with ${JSON.stringify(wanted)}`, 'warn'],
      ['   esc', 'key'],
      ' goes back',
    ),
    ...(body.length === 0
      ? [EMPTY, line(`  Nothing here has ${JSON.stringify(wanted)} in it.`)]
      : []),
    ...fitBlock(body.slice(from), rows - 1),
  ]
}

/** How many lines of the help do not fit. */
export const helpLimit = (state: State, keymap: readonly Binding[], rows: number): number =>
  Math.max(0, searched(state, helpBody(state, keymap)).length - (rows - 1))

/** What help is searched for, from the first letter on. */
const wordOf = ({ help, input }: State): string =>
  input?.kind === 'help' ? input.text : (help?.word ?? '')

/** The lines that hold the word under their headings; all of them where the heading holds it. */
const searched = (state: State, body: readonly Line[]): readonly Line[] => {
  const word = wordOf(state).toLowerCase()
  return word === '' ? body : partsOf(body).flatMap((part) => holding(part, word))
}

/** A heading with the lines under it, each. */
const partsOf = (body: readonly Line[]): readonly (readonly Line[])[] => {
  const parts: Line[][] = []
  for (const each of body) {
    if (each.spans[0]?.tone === 'title') parts.push([each])
    else parts.at(-1)?.push(each)
  }
  return parts
}

const holding = (part: readonly Line[], word: string): readonly Line[] => {
  const [heading, ...lines] = part
  const holds = ({ spans }: Line) => textOf(spans).includes(word)
  if (heading === undefined || holds(heading)) return part
  const found = lines.filter(holds)
  return found.length === 0 ? [] : [heading, ...found, EMPTY]
}

const textOf = (spans: Line['spans']): string =>
  spans
    .map(({ text }) => text)
    .join('')
    .toLowerCase()

const helpBody = (state: State, keymap: readonly Binding[]): readonly Line[] => {
  const here = bindingsAt(keymap, focusOf({ ...state, help: undefined }))
  const groups = PLACES.flatMap((place) => {
    const own = here.filter((each) => each.place === place)
    const keys = own.map((each) => keyLine(each, state))
    return own.length === 0 ? [] : [line([` ${HEADINGS[place]}`, 'title']), ...keys, EMPTY]
  })
  return [...groups, ...FILTER_HELP, EMPTY, ...commandHelp(), EMPTY, ...glyphHelp(state)]
}

/** Beyond this what a key does and its command stand too far from each other. */
const WIDEST_HELP = 60

const keyLine = ({ keys, help, command }: Binding, state: State): Line => {
  const refusal = refusalOf(state, command)
  const room = Math.min(WIDEST_HELP, Math.max(44, state.size.columns - 45))
  const shown = `   ${fit(keys.map((key) => keyLabel(key, state.theme.ascii)).join('  '), 16)}`
  if (refusal === undefined) return line([shown, 'key'], fit(help, room), [` :${command}`, 'dim'])
  const left = state.size.columns - shown.length - room - 1
  const why = refusal.length <= left ? refusal : IN_SHORT[state.link.kind === 'file' ? 0 : 1]
  return line([`${shown}${fit(help, room)} ${why}`, 'dim'])
}

/** Why a key does nothing here, where there is no room; who presses it hears the whole. */
const IN_SHORT = ['a recording', 'read-only here'] as const

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['decision:deny', 'allow, deny, pending, error; short d:, ~a ~d ~p ~e'],
  ['server:prod tool:*delete*', 'both; | is or, - is not, ( ) group'],
  ['user:ana* -method:ping', 'callers like ana, pings aside'],
  ['status:4xx dur:>200ms', 'numbers and times compare'],
  ['since:15m has:error', 'the last quarter of an hour'],
  ['param.to:*@example.com', 'a value of the parameters'],
  ['"two words" /a.c/i', 'anywhere in the call'],
]

const FILTER_HELP: readonly Line[] = [
  line([' Filters', 'title'], ['  the same as `datacline audit query` takes', 'dim']),
  ...EXAMPLES.map(([example, help]) => line([`   ${fit(example, 28)}`, 'key'], help)),
]

const commandHelp = (): readonly Line[] => [
  line([' Commands', 'title'], ['  after :, tab completes', 'dim']),
  ...[...COMMANDS].map(([name, { help, takes }]) =>
    line([`   ${fit(takes === undefined ? name : `${name} ${takes}`, 40)} `, 'key'], help),
  ),
]

const glyphHelp = ({ theme: { glyphs } }: State): readonly Line[] => [
  line([' Marks', 'title']),
  line(
    '   ',
    [glyphs.permit, 'permit'],
    ' permitted   ',
    [glyphs.deny, 'deny'],
    ' denied   ',
    [glyphs.pending, 'pending'],
    ' under way   ',
    [glyphs.cancelled, 'warn'],
    ' cancelled',
  ),
  line(
    '   ',
    [glyphs.error, 'error'],
    ' the tool failed   ',
    [glyphs.failed, 'error'],
    ' the server failed   ',
    [glyphs.refused, 'warn'],
    ' turned away at the door',
  ),
]
