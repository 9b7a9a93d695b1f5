import { parseLossless } from '../../src/client.ts'
import type { Bodies, Body } from '../../src/core/history.ts'
import { isObject } from '../../src/core/json-rpc.ts'
import { EMPTY, type Line, line } from '../line.ts'
import type { Row } from '../row.ts'
import type { State } from '../state.ts'
import { wrap, wrapWhole } from '../text.ts'
import { type TreeLine, treeLines } from '../tree.ts'

/** Lines that nothing can be done with. */
export const plain = (lines: readonly Line[]): readonly TreeLine[] =>
  lines.map((each) => ({ line: each, node: undefined }))

const note = (text: string, columns: number, tone: 'dim' | 'warn' = 'dim'): readonly TreeLine[] =>
  plain(wrap(text, columns - 2).map((each) => line([` ${each}`, tone])))

/** What is known of the call's messages: nothing yet, nothing at all, or what crossed. */
export const bodiesOf = (row: Row, state: State): Bodies | undefined => state.bodies.get(row.seq)

/** Why there is nothing to see. */
export const absentLines = (row: Row, state: State, columns: number): readonly TreeLine[] => {
  if (state.link.kind === 'file') {
    return note('A recording keeps how a call ended, not its messages.', columns)
  }
  if (!state.bodies.has(row.seq)) return note('asking the gateway …', columns)
  return note(
    'The gateway keeps messages in memory while a screen watches, and only the last of them; the record keeps how a call ended. r calls it again.',
    columns,
  )
}

/** What the client sent, as a tree; undefined when it is not at hand. */
export const sentTree = (
  row: Row,
  state: State,
  columns: number,
): readonly TreeLine[] | undefined => {
  const request = bodiesOf(row, state)?.request
  if (request === undefined) return undefined
  const folded = state.detail?.folded ?? NONE
  return [
    ...cutNotes(request, columns),
    ...plain([line([' parameters', 'dim'])]),
    ...bodyTree(request, 'request', columns, folded, ({ params }) => params ?? {}),
  ]
}

const NONE: ReadonlySet<string> = new Set()

/** Everything that came back: what a call said on its way, then its answer. */
export const repliedTree = (row: Row, state: State, columns: number): readonly TreeLine[] => {
  const bodies = bodiesOf(row, state)
  if (bodies === undefined) return absentLines(row, state, columns)
  const { replies, dropped } = bodies
  const folded = state.detail?.folded ?? NONE
  const last = replies.length - 1
  if (last < 0) {
    return note(
      row.mark === 'pending' ? 'Nothing has come back yet.' : 'Nothing came back from the server.',
      columns,
    )
  }
  return [
    ...(dropped === 0 ? [] : note(`${dropped} messages before these were let go`, columns, 'warn')),
    ...replies.flatMap((reply, at) => [
      ...plain([line([at === last ? ' answer' : ` message ${at + dropped + 1}`, 'dim'])]),
      ...cutNotes(reply, columns),
      ...bodyTree(reply, `reply-${at}`, columns, folded, answerPart),
    ]),
  ]
}

const answerPart = (message: Readonly<Record<string, unknown>>): unknown =>
  message.result ?? message.error ?? message

const bodyTree = (
  { text }: Body,
  root: string,
  columns: number,
  folded: ReadonlySet<string>,
  part: (message: Readonly<Record<string, unknown>>) => unknown,
): readonly TreeLine[] => {
  if (text === undefined) return []
  const value = readValue(text)
  return treeLines(isObject(value) ? part(value) : value, root, columns, folded)
}

const readValue = (text: string): unknown => {
  try {
    return parseLossless(text)
  } catch {
    return text
  }
}

/** What of a message is not shown as it was. */
const cutNotes = ({ text, characters }: Body, columns: number): readonly TreeLine[] => {
  if (text === undefined) {
    return note(`${characters} characters, too many to be kept`, columns, 'warn')
  }
  const broken = text.split('\ufffd').length - 1
  return [
    ...(text.includes('[omitted: ')
      ? note(
          `${characters} characters crossed; the longest parts are left out here`,
          columns,
          'warn',
        )
      : []),
    ...(broken === 0
      ? []
      : note(`${broken} characters were no valid text and stand as \ufffd`, columns, 'warn')),
  ]
}

/** The client's headers that may cross to a server. */
export const crossingLines = (row: Row, state: State, columns: number): readonly TreeLine[] => {
  const bodies = bodiesOf(row, state)
  if (bodies === undefined) return absentLines(row, state, columns)
  const entries = Object.entries(bodies.headers)
  if (entries.length === 0) return note('No header of the client crossed to the server.', columns)
  return [
    ...plain([line([' headers that may cross to the server', 'dim'])]),
    ...entries.flatMap(([name, value]) =>
      wrap(`${name}: ${value}`, columns - 4).map((text, at) => ({
        line: line(at === 0 ? '  ' : '    ', text),
        node: undefined,
      })),
    ),
  ]
}

/** The messages as texts, in the order in which they crossed. */
export const rawMessages = (row: Row, state: State, columns: number): readonly TreeLine[] => {
  const bodies = bodiesOf(row, state)
  if (bodies === undefined) return absentLines(row, state, columns)
  const messages = [
    ...(bodies.request === undefined ? [] : [['sent', bodies.request] as const]),
    ...bodies.replies.map((reply) => ['came', reply] as const),
  ]
  return messages.flatMap(([way, body]) => [
    ...plain([line([` ${way}`, 'strong'], [`  ${body.characters} characters`, 'dim'])]),
    ...cutNotes(body, columns),
    ...plain(wrapWhole(body.text ?? '', columns - 4).map((text) => line(`  ${text}`))),
    ...plain([EMPTY]),
  ])
}
