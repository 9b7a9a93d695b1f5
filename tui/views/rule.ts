import { type Binding, keyOf } from '../keymap.ts'
import { layoutOf } from '../layout.ts'
import { EMPTY, fitBlock, type Line, line, type Piece, ruled } from '../line.ts'
import { isFirst } from '../rules.ts'
import type { RuleForm, State } from '../state.ts'
import { clip, cut, fit, harmless, wrap } from '../text.ts'
import type { Tone } from '../theme.ts'

type Room = Readonly<{ columns: number; rows: number }>

/** Where the form stands: on a terminal that is too small for screens it has all but the last line. */
export const ruleRoom = (state: State): Room => {
  const { columns, rows } = state.size
  const layout = layoutOf(state)
  return { columns, rows: layout.kind === 'tail' ? rows - 1 : layout.body }
}

/** The form for a rule: for whom and what, what it would change, and the lines of the file. */
export const ruleLines = (
  state: State,
  rule: RuleForm,
  room: Room,
  keymap: readonly Binding[],
): readonly Line[] => {
  const head = headLines(state, rule, room)
  const file = fileWindow(rule, room.columns, room.rows - head.length)
  return fitBlock([...head, ...titleLines(state, rule, file, keymap), ...file.lines], room.rows)
}

/** Where the lines of the file stand, and how to see the others. */
const titleLines = (
  { theme }: State,
  { preview }: RuleForm,
  { from, lines, last, count }: FileWindow,
  keymap: readonly Binding[],
): readonly Line[] => {
  if (preview === undefined) return []
  const key = (command: string) => keyOf(keymap, 'rule', command, theme.ascii)
  const rest: readonly Piece[] = [
    [`   lines ${from + 1} to ${from + lines.length} of ${count}   `, 'dim'],
    [`${key('rule up')} ${key('rule down')}`, 'key'],
  ]
  return [
    line(
      [` ${isFirst(preview) ? `${preview.file}, a new file` : preview.at}`, 'id'],
      ...(last === 0 ? [] : rest),
    ),
  ]
}

/** How far down the lines of the file are shown, and how far that can go. */
export const ruleScroll = (
  state: State,
  rule: RuleForm,
): Pick<FileWindow, 'from' | 'last' | 'page'> => {
  const room = ruleRoom(state)
  return fileWindow(rule, room.columns, room.rows - headLines(state, rule, room).length)
}

const headLines = (state: State, rule: RuleForm, { columns, rows }: Room): readonly Line[] => [
  ruled(
    [
      ['Write a rule ', 'strong'],
      [cut(`from #${rule.event} ${rule.subject}`, columns - 18), 'plain'],
    ],
    columns,
    state.theme,
  ),
  effectLine(rule),
  ...scopeLines(state, rule, rows > 24 ? 8 : 3),
  ...impactLines(rule, columns),
  ...(rows > 16 ? [EMPTY] : []),
]

const effectLine = ({ effect }: RuleForm): Line =>
  line(
    [' effect   ', 'dim'],
    ...(['allow', 'deny'] as const).map(
      (each): Piece =>
        each === effect
          ? [`[${each}] `, each === 'allow' ? 'permit' : 'deny']
          : [` ${each}  `, 'dim'],
    ),
    ['  tab', 'key'],
    [' changes it', 'dim'],
  )

/** The scopes around the chosen one. */
const scopeLines = (
  { theme }: State,
  { preview, scope }: RuleForm,
  most: number,
): readonly Line[] => {
  if (preview === undefined) return []
  const { scopes } = preview
  const chosen = scopes.findIndex(({ id }) => id === (scope ?? preview.scope))
  const from = Math.max(0, Math.min(chosen - 1, scopes.length - most))
  return scopes.slice(from, from + most).map(({ text }, at) => {
    const isChosen = from + at === chosen
    return line(
      [at === 0 ? ' scope    ' : '          ', 'dim'],
      [`${isChosen ? theme.glyphs.cursor : ' '} `, 'key'],
      [text, isChosen ? 'strong' : 'dim'],
    )
  })
}

const impactLines = (rule: RuleForm, columns: number): readonly Line[] => {
  const { preview, problem } = rule
  if (problem !== undefined)
    return wrap(problem, columns - 2).map((text) => line([` ${text}`, 'warn']))
  if (preview === undefined) return [line([' asking the gateway …', 'dim'])]
  const { calls, to_permit, to_deny, effective } = preview
  const ways = [
    ...(to_permit > 0 ? [`${to_permit} denied become permitted`] : []),
    ...(to_deny > 0 ? [`${to_deny} permitted become denied`] : []),
  ]
  const changed = to_permit + to_deny
  const impact = `it would change ${changed} of the last ${calls} calls${ways.length > 0 ? `: ${ways.join(', ')}` : ''}`
  return [
    ...labelled('impact', impact, to_permit > 0 ? 'warn' : 'plain', columns),
    ...(effective
      ? []
      : labelled('', 'another rule still decides this call otherwise', 'warn', columns)),
  ]
}

const LABEL = 10

const labelled = (name: string, text: string, tone: Tone, columns: number): readonly Line[] =>
  wrap(text, columns - LABEL - 1).map((part, at) =>
    line([` ${fit(at === 0 ? name : '', LABEL - 1)}`, 'dim'], [part, tone]),
  )

const TONES = { ' ': 'dim', '-': 'deny', '+': 'permit' } as const

type FileLine = Readonly<{ isChanged: boolean; line: Line }>

type FileWindow = Readonly<{
  lines: readonly Line[]
  from: number
  /** The furthest that `from` can be. */
  last: number
  page: number
  count: number
}>

/** What there is room for of the lines of the file; at first what changes, its end before its beginning. */
const fileWindow = (rule: RuleForm, columns: number, rows: number): FileWindow => {
  const all = (rule.preview?.diff ?? []).flatMap(({ sign, text }) => fileLines(sign, text, columns))
  const page = Math.max(1, rows - 1)
  const last = Math.max(0, all.length - page)
  const end = all.findLastIndex(({ isChanged }) => isChanged) + 1
  const from = Math.min(last, rule.scroll ?? Math.max(0, end - page))
  const lines = all.slice(from, from + page).map((each) => each.line)
  return { lines, from, last, page, count: all.length }
}

/** A line of the file, whole: what does not fit goes on below. */
const fileLines = (sign: keyof typeof TONES, text: string, columns: number): readonly FileLine[] =>
  pieces(harmless(text), columns - 6).map((piece, at) => ({
    isChanged: sign !== ' ',
    line: line([`   ${at === 0 ? sign : ' '} ${piece}`, TONES[sign]]),
  }))

const pieces = (text: string, columns: number): readonly string[] => {
  const head = clip(text, columns) || text.slice(0, 1)
  return head.length >= text.length ? [text] : [head, ...pieces(text.slice(head.length), columns)]
}
