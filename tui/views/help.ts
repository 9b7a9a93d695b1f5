import { COMMANDS } from '../commands.ts'
import { type Binding, bindingsAt, keyLabel, type Place } from '../keymap.ts'
import { EMPTY, fitBlock, type Line, line } from '../line.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'

const HEADINGS: Readonly<Record<Place, string>> = {
  traffic: 'On the list of calls',
  detail: 'In a call',
  anywhere: 'Everywhere',
}

/** Keys of this screen first, then those that hold everywhere, then commands and filters. */
export const helpLines = (
  state: State,
  keymap: readonly Binding[],
  rows: number,
): readonly Line[] => {
  const here = bindingsAt(keymap, state.detail === undefined ? state.screen : 'detail')
  const { ascii } = state.theme
  const groups = (['traffic', 'detail', 'anywhere'] as const).flatMap((place) => {
    const own = here.filter((each) => each.place === place)
    return own.length === 0
      ? []
      : [line([` ${HEADINGS[place]}`, 'title']), ...own.map((each) => keyLine(each, ascii)), EMPTY]
  })
  const body = [...groups, ...FILTER_HELP, EMPTY, ...commandHelp(), EMPTY, ...glyphHelp(state)]
  const from = Math.min(state.help?.scroll ?? 0, Math.max(0, body.length - rows + 1))
  const more = body.length > rows ? '   ↓ more' : ''
  return [
    line([' Help', 'strong'], ['   esc goes back', 'dim'], [ascii ? '' : more, 'dim']),
    ...fitBlock(body.slice(from), rows - 1),
  ]
}

const keyLine = ({ keys, help, command }: Binding, ascii: boolean): Line =>
  line(
    [`   ${fit(keys.map((key) => keyLabel(key, ascii)).join('  '), 16)}`, 'key'],
    fit(help, 44),
    [` :${command}`, 'dim'],
  )

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
    line([`   ${fit(takes === undefined ? name : `${name} ${takes}`, 40)}`, 'key'], help),
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
    ' under way',
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
