import { isObject } from '../../src/core/json-rpc.ts'
import { elapsed } from '../clock.ts'
import { type Form, isOf, mayDestroy } from '../form.ts'
import { EMPTY, type Line, line, type Piece, ruled, select } from '../line.ts'
import type { State } from '../state.ts'
import { cut, fit, wrap } from '../text.ts'
import { jsonLines } from './json.ts'
import { labelled } from './why.ts'

/** The form: each parameter with what is wrong with it, then what policy said, then what came back. */
export const formPage = (state: State, columns: number): readonly Line[] => {
  const { form } = state.browse
  if (form === undefined) return []
  const { tool, server, fields, problems, unchecked } = form
  const others = problems.filter((each) => !fields.some(({ name }) => isOf(each, name)))
  return [
    line(
      [' Call ', 'dim'],
      [tool.name, 'strong'],
      [` on ${server}`, 'dim'],
      [mayDestroy(tool) ? '   may change or destroy things' : '   only reads, it says', 'warn'],
    ),
    EMPTY,
    ...(fields.length === 0 ? [line(['  It takes no parameters.', 'dim'])] : []),
    ...fields.flatMap((_field, at) => fieldLines(state, form, at, columns)),
    ...others.map(({ path, sentence }) => line([`  ${path} ${sentence}`, 'error'])),
    ...(unchecked === undefined
      ? []
      : labelled(
          'unread',
          wrap(`not all of its schema was checked: ${unchecked}`, columns - 12),
          'warn',
        )),
    EMPTY,
    ...progressLines(state, form, columns),
  ]
}

const fieldLines = (state: State, form: Form, at: number, columns: number): readonly Line[] => {
  const field = form.fields[at]
  if (field === undefined) return []
  const { glyphs } = state.theme
  const here = at === form.at
  const name = Math.min(24, Math.floor(columns * 0.25))
  const room = Math.max(10, columns - name - 6)
  const wrong = form.problems.filter((each) => isOf(each, field.name))
  const label = field.choices === undefined ? field.label : `${field.label}  (space changes it)`
  const shown: readonly Piece[] =
    field.text === '' && !here
      ? [[cut(label, room), 'dim']]
      : [
          tailOf(field.text, room - 30),
          [here ? glyphs.caret : '', 'key'],
          [`  ${cut(label, 28)}`, 'dim'],
        ]
  const main = line(
    here ? `${glyphs.cursor} ` : '  ',
    [fit(field.name, name), 'id'],
    [field.required ? '* ' : '  ', 'warn'],
    ...shown,
  )
  return [
    here ? select(main, columns) : main,
    ...(here && field.description !== ''
      ? [line([`${' '.repeat(name + 4)}${cut(field.description, room)}`, 'dim'])]
      : []),
    ...wrong.map(({ path, sentence }) =>
      line([
        `${' '.repeat(name + 4)}${glyphs.error} ${path === field.name ? '' : `${path} `}${sentence}`,
        'error',
      ]),
    ),
  ]
}

/** The end of what is typed is what matters. */
const tailOf = (text: string, room: number): string =>
  text.length > room ? `…${text.slice(-Math.max(1, room - 1))}` : text

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
          [`  ${theme.glyphs.pending} calling  ${elapsed(now - progress.since)}  `, 'pending'],
          cut(progress.said ?? '', columns - 24),
        ),
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
