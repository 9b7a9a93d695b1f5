import { isObject } from '../../src/core/json-rpc.ts'
import { seconds } from '../clock.ts'
import { type Field, faultIn } from '../fields.ts'
import { type Form, isOf, mayDestroy } from '../form.ts'
import { EMPTY, type Line, line, type Piece, ruled, select } from '../line.ts'
import type { State } from '../state.ts'
import { cut, fit, harmless, widthOf, wrap } from '../text.ts'
import type { Tone } from '../theme.ts'
import { jsonLines } from './json.ts'
import { labelled } from './why.ts'

/** The form: each parameter with what is wrong with it, then what policy said, then what came back. */
export const formPage = (state: State, columns: number): readonly Line[] => {
  const { form } = state.browse
  return form === undefined ? [] : partsOf(state, form, columns).flat()
}

/** The lines of the form that matter now: where is typed, else how far the call is. */
export const formFocus = (
  state: State,
  columns: number,
): Readonly<{ from: number; to: number }> | undefined => {
  const { form } = state.browse
  if (form === undefined) return undefined
  const parts = partsOf(state, form, columns)
  const isTyping = form.progress.kind === 'editing' && form.fields.length > 0
  const at = isTyping ? form.at + 1 : parts.length - 1
  const before = (count: number) => parts.slice(0, count).flat().length
  // With the first field its heading is seen.
  return { from: at === 1 ? 0 : before(at), to: before(at + 1) }
}

/** The heading, each field, and the rest. */
const partsOf = (state: State, form: Form, columns: number): readonly (readonly Line[])[] => {
  const { tool, server, fields, problems, unchecked } = form
  const others = problems.filter((each) => !fields.some(({ name }) => isOf(each, name)))
  const heading = [
    line(
      [' Call ', 'dim'],
      [tool.name, 'strong'],
      [` on ${server}`, 'dim'],
      [mayDestroy(tool) ? '   may change or destroy things' : '   only reads, it says', 'warn'],
    ),
    EMPTY,
    ...(fields.length === 0 ? [line(['  It takes no parameters.', 'dim'])] : []),
  ]
  const rest = [
    ...others.map(({ path, sentence }) => line([`  ${path} ${sentence}`, 'error'])),
    ...(unchecked === undefined
      ? []
      : labelled(
          'unread',
          wrap(`not all of its schema was checked: ${unchecked}`, columns - 12),
          'warn',
        )),
    EMPTY,
  ]
  return [
    heading,
    ...fields.map((_field, at) => fieldLines(state, form, at, columns)),
    rest,
    progressLines(state, form, columns),
  ]
}

const fieldLines = (state: State, form: Form, at: number, columns: number): readonly Line[] => {
  const field = form.fields[at]
  if (field === undefined) return []
  const { glyphs } = state.theme
  const here = at === form.at
  const name = Math.min(24, Math.floor(columns * 0.25))
  const room = Math.max(10, columns - name - 6)
  const dropped = droppedOf(field.text, room - 2)
  const main = line(
    here ? `${glyphs.cursor} ` : '  ',
    [fit(field.name, name), 'id'],
    [field.required ? '* ' : '  ', 'warn'],
    ...valuePieces(field, dropped, room, here ? glyphs.caret : ''),
  )
  return [
    here ? select(main, columns) : main,
    ...wrongLines(state, form, field, { indent: name + 4, columns, dropped }),
    ...(here && field.description !== ''
      ? [line([`${' '.repeat(name + 4)}${cut(field.description, room)}`, 'dim'])]
      : []),
  ]
}

/** What is wrong with a field: JSON as it is typed, with a sign under its place; all else when it is sent. */
const wrongLines = (
  { theme: { glyphs } }: State,
  form: Form,
  field: Field,
  { indent, columns, dropped }: Readonly<{ indent: number; columns: number; dropped: number }>,
): readonly Line[] => {
  const pad = ' '.repeat(indent)
  const told = (mark: string, sentence: string, tone: Tone): readonly Line[] =>
    wrap(sentence, Math.max(10, columns - indent - 3)).map((text, at) =>
      line([`${pad}${at === 0 ? mark : ' '} ${text}`, tone]),
    )
  const fault = faultIn(field)
  if (fault !== undefined) {
    const { at, sentence, isOpen } = fault
    if (isOpen) return told(glyphs.ellipsis, sentence, 'dim')
    const before = widthOf(harmless(field.text.slice(dropped, at))) + (dropped > 0 ? 1 : 0)
    const sign = at < dropped ? [] : [line([`${pad}${' '.repeat(before)}^`, 'error'])]
    return [...sign, ...told(glyphs.error, sentence, 'error')]
  }
  return form.problems
    .filter((each) => isOf(each, field.name))
    .flatMap(({ path, sentence }) =>
      told(glyphs.error, `${path === field.name ? '' : `${path} `}${sentence}`, 'error'),
    )
}

/** The end of what is typed is what matters: so many characters before it are not shown. */
const droppedOf = (text: string, room: number): number =>
  text.length > room ? text.length - Math.max(1, room - 1) : 0

/** What is typed, and behind it what it should be as far as there is room. */
const valuePieces = (
  { text, label, choices }: Field,
  dropped: number,
  room: number,
  caret: string,
): readonly Piece[] => {
  const expected = choices === undefined ? label : `${label}  (space changes it)`
  if (text === '' && caret === '') return [[cut(expected, room), 'dim']]
  const shown = dropped === 0 ? text : `…${text.slice(dropped)}`
  const left = room - 3 - widthOf(harmless(shown))
  return [shown, [caret, 'key'], [left < SHORTEST ? '' : `  ${cut(expected, left)}`, 'dim']]
}

/** Columns below which a hint says nothing. */
const SHORTEST = 8

const progressLines = (state: State, form: Form, columns: number): readonly Line[] => {
  const { progress } = form
  const { theme, now } = state
  switch (progress.kind) {
    case 'editing':
      return [line(['  ⏎', 'key'], ' asks policy what it says to this call; nothing is called yet')]
    case 'asking':
      return [line(['  Asking policy …', 'dim'])]
    case 'calling':
      return [
        line(
          [`  ${theme.glyphs.pending} calling  ${seconds(now - progress.since)}  `, 'pending'],
          cut(progress.said ?? '', columns - 44),
          ['   ctrl-c', 'key'],
          [' cancels it', 'dim'],
        ),
      ]
    case 'cancelling':
      return [line([`  ${theme.glyphs.pending} cancelling …`, 'pending'])]
    case 'cancelled':
      return [
        line(
          [`  ${theme.glyphs.cancelled} CANCELLED`, 'warn'],
          [`  after ${seconds(progress.after)}`, 'dim'],
        ),
        line('    the server was told, and the record says so'),
        EMPTY,
        line(['  ⏎', 'key'], ' asks policy anew'),
      ]
    case 'failed':
      return wrap(progress.sentence, columns - 6).map((text, at) =>
        line([`  ${at === 0 ? theme.glyphs.failed : ' '} ${text}`, 'error']),
      )
    case 'done':
      return [
        ruled(
          [[progress.tone === 'error' ? 'the tool said no' : 'the tool answered', progress.tone]],
          columns,
          theme,
        ),
        ...jsonLines(shownPart(progress.value), columns),
      ]
    default:
      return decidedLines(state, form, progress, columns)
  }
}

/** What the tool meant for us; envelopes of the protocol are not. */
const shownPart = (value: unknown): unknown => {
  if (!isObject(value)) return value
  return value.structuredContent ?? value.content ?? value
}

const decidedLines = (
  { theme }: State,
  { tool }: Form,
  { permitted, lines }: Extract<Form['progress'], { kind: 'decided' }>,
  columns: number,
): readonly Line[] => {
  const [tone, mark, word] = permitted
    ? (['permit', theme.glyphs.permit, 'PERMITTED'] as const)
    : (['deny', theme.glyphs.deny, 'DENIED'] as const)
  return [
    line([`  ${mark} ${word}`, tone], ['  by policy; nothing was called', 'dim']),
    ...lines.flatMap((text) => wrap(text, columns - 6)).map((text) => line(`    ${text}`)),
    EMPTY,
    ...(permitted
      ? [line(['  ⏎', 'key'], mayDestroy(tool) ? ' asks once more, then calls it' : ' calls it')]
      : []),
  ]
}
