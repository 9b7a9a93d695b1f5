import type { Screen } from './state.ts'

/** Where keys mean something: on a screen, in the detail, in a form (where all others type), anywhere. */
export type Place =
  | 'anywhere'
  | 'traffic'
  | 'detail'
  | 'servers'
  | 'people'
  | 'policies'
  | 'stats'
  | 'rule'
  | 'form'

/** One row of the table that makes hints, help and docs. Keys run the commands that `:` runs. */
export type Binding = Readonly<{
  /** Keys by name; `y c` is one after the other. */
  keys: readonly string[]
  command: string
  place: Place
  /** One line for the help. */
  help: string
  /** One word for the line at the bottom, in this order. */
  hint?: string
}>

const row = (
  keys: string,
  command: string,
  place: Place,
  help: string,
  hint?: string,
): Binding => ({
  keys: keys === ' ' ? [keys] : keys.split('  '),
  command,
  place,
  help,
  ...(hint !== undefined && { hint }),
})

/** Two blanks part keys that do the same. */
export const KEYMAP: readonly Binding[] = [
  row('enter', 'open', 'traffic', 'open the call under the cursor', 'detail'),
  row('w', 'why', 'traffic', 'why pane: below, larger, off', 'why'),
  row('r', 'replay', 'traffic', 'call again: what policy says first, then for real', 'replay'),
  row('y c', 'copy cli', 'traffic', 'copy as a datacline command', 'copy'),
  row('y u', 'copy curl', 'traffic', 'copy as curl'),
  row('y m', 'copy markdown', 'traffic', 'copy as a report in Markdown'),
  row('y j', 'copy json', 'traffic', 'copy as JSON'),
  row('y r', 'copy rule', 'traffic', 'copy as a rule for policy.yaml'),
  row('m', 'mark', 'traffic', 'mark or unmark the call', 'mark'),
  row('M', 'marked', 'traffic', 'only what is marked'),
  row('f', 'follow', 'traffic', 'follow the newest call', 'follow'),
  row('p', 'pause', 'traffic', 'hold the list still; what comes is kept', 'pause'),
  row('E', 'replay edited', 'traffic', 'call again with parameters from $EDITOR'),
  row('e', 'export', 'traffic', 'write what is listed, or marked, to a file'),
  row('x', 'clear', 'traffic', 'clear the list, not the record'),
  row('R', 'rule', 'traffic', 'write a rule from the call', 'rule'),
  row('o', 'edit', 'traffic', 'open the rule that decided in $EDITOR'),
  row('enter  o', 'edit', 'policies', 'open the rule under the cursor in $EDITOR', 'open'),
  row('t', 'range', 'stats', 'time: a minute, 15 minutes, an hour, a day', 'time'),
  row('enter', 'rule write', 'rule', 'write the rule, after asking', 'write'),
  row('tab  left  right', 'rule effect', 'rule', 'allow or deny', 'allow/deny'),
  row('down  j', 'rule wider', 'rule', 'for more callers or things', 'wider'),
  row('up  k', 'rule narrower', 'rule', 'for fewer callers or things', 'narrower'),
  row('pagedown  ctrl-d', 'rule down', 'rule', 'further down in the file'),
  row('pageup  ctrl-u', 'rule up', 'rule', 'further up in the file'),
  row('[  shift-tab', 'tab previous', 'detail', 'tab before'),
  row(']  tab', 'tab next', 'detail', 'next tab', 'tabs'),
  row(' ', 'fold', 'detail', 'fold or unfold what the cursor is on', 'fold'),
  row('enter', 'open server', 'servers', 'open the server, its tool, the form to call it', 'open'),
  row('f', 'filter to', 'people', 'only the calls of who is under the cursor', 'calls'),
  row('K', 'session end', 'people', 'end the session under the cursor, after asking', 'end'),
  row('enter', 'form submit', 'form', 'ask policy first; what it permits is called', 'ask, call'),
  row('down  tab', 'form next', 'form', 'next field', 'fields'),
  row('up  shift-tab', 'form previous', 'form', 'field before'),
  row('pagedown', 'form down', 'form', 'further down'),
  row('pageup', 'form up', 'form', 'further up'),
  row('esc', 'back', 'form', 'back to the tool', 'back'),
  row('ctrl-c', 'interrupt', 'form', 'cancel the call that runs, else leave'),
  row('ctrl-l', 'redraw', 'form', 'draw everything anew'),
  row('down  j', 'down', 'anywhere', 'down'),
  row('up  k', 'up', 'anywhere', 'up'),
  row('pagedown  ctrl-d', 'page down', 'anywhere', 'a page down'),
  row('pageup  ctrl-u', 'page up', 'anywhere', 'a page up'),
  row('g  home', 'first', 'anywhere', 'first'),
  row('G  end', 'last', 'anywhere', 'last, and follow'),
  row('u', 'rule undo', 'anywhere', 'take back the last rule that was written here'),
  row('/', 'filter', 'anywhere', 'filter; again to change it', 'filter'),
  row('F', 'filter toggle', 'anywhere', 'filter on or off, without losing it'),
  row('ctrl-f', 'search', 'anywhere', 'search in what is listed'),
  row('n', 'match next', 'anywhere', 'next match'),
  row('N', 'match previous', 'anywhere', 'match before'),
  row('1', 'screen traffic', 'anywhere', 'Traffic'),
  row('2', 'screen servers', 'anywhere', 'Servers & tools'),
  row('3', 'screen policies', 'anywhere', 'Policies'),
  row('4', 'screen people', 'anywhere', 'People & sessions'),
  row('5', 'screen stats', 'anywhere', 'Stats'),
  row('6', 'screen log', 'anywhere', 'Log'),
  row(':', 'command', 'anywhere', 'type a command', 'cmd'),
  row('?', 'help', 'anywhere', 'help for this screen'),
  row('esc', 'back', 'anywhere', 'back; never leaves the program'),
  row('q', 'quit', 'anywhere', 'back, and at the first screen leave', 'quit'),
  row('Q', 'quit now', 'anywhere', 'leave'),
  row('ctrl-c', 'interrupt', 'anywhere', 'cancel the call that runs, else leave'),
  row('ctrl-l', 'redraw', 'anywhere', 'draw everything anew'),
]

/** Overrides: command → keys, as `keys:` of a configuration says them. */
export const withKeys = (
  keymap: readonly Binding[],
  overrides: Readonly<Record<string, readonly string[]>>,
): readonly Binding[] => {
  const tabled = new Set(keymap.map(({ command }) => command))
  const added = Object.entries(overrides).filter(([command]) => !tabled.has(command))
  return [
    ...keymap.map((binding) =>
      Object.hasOwn(overrides, binding.command)
        ? { ...binding, keys: overrides[binding.command] ?? binding.keys }
        : binding,
    ),
    ...added.map(
      ([command, keys]): Binding => ({ keys, command, place: 'anywhere', help: command }),
    ),
  ]
}

export type Focus = Screen | 'detail' | 'help' | 'rule' | 'form'

/** Each but what holds anywhere is special to where keys go. */
export const PLACES: readonly Place[] = [
  'traffic',
  'detail',
  'servers',
  'people',
  'policies',
  'stats',
  'rule',
  'form',
  'anywhere',
]

const placeOf = (focus: Focus): Place => {
  const place = PLACES.find((each) => each === focus)
  return place ?? 'anywhere'
}

/** What of the table holds here: what is special to the place first. */
export const bindingsAt = (keymap: readonly Binding[], focus: Focus): readonly Binding[] => {
  const place = placeOf(focus)
  const own = keymap.filter((each) => each.place === place && place !== 'anywhere')
  // Whatever else is pressed there is typed.
  if (place === 'form') return own
  // In the detail the call can be acted on as in the list.
  const acting =
    place === 'detail'
      ? keymap.filter((each) => each.place === 'traffic' && ACTING.test(each.command))
      : []
  return [...own, ...acting, ...keymap.filter((each) => each.place === 'anywhere')]
}

const ACTING = /^(?:copy|replay|rule$|edit$|mark$)/

/** The command of a key, `chord` when it begins a longer one, undefined when it means nothing. */
export const lookUp = (
  keymap: readonly Binding[],
  focus: Focus,
  typed: string,
): Readonly<{ command: string }> | 'chord' | undefined => {
  const here = bindingsAt(keymap, focus)
  const found = here.find(({ keys }) => keys.includes(typed))
  if (found) return { command: found.command }
  return here.some(({ keys }) => keys.some((key) => key.startsWith(`${typed} `)))
    ? 'chord'
    : undefined
}

const SHOWN: Readonly<Record<string, string>> = {
  enter: '⏎',
  up: '↑',
  down: '↓',
  pageup: 'PgUp',
  pagedown: 'PgDn',
}

/** A key as people read it. */
export const keyLabel = (key: string, ascii: boolean): string => {
  if (key === ' ') return 'space'
  return ascii ? key : (SHOWN[key] ?? key)
}

/** What to press here for a command, as people read it; one without a key is typed. */
export const keyOf = (
  keymap: readonly Binding[],
  focus: Focus,
  command: string,
  ascii: boolean,
): string => {
  const key = bindingsAt(keymap, focus).find((each) => each.command === command)?.keys[0]
  return key === undefined ? `:${command}` : keyLabel(key, ascii)
}
