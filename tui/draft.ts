import { placeIn, readJsonText } from '../src/client/parameters/json-text.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import { printable } from '../src/core/printable.ts'
import { markedPlaces } from './marks.ts'

export type Draft = Readonly<{
  server: string
  tool: string
  parameters: JsonObject
  /** Where the record keeps marks in the place of values. */
  marks: readonly string[]
  /** What was written before and could not be read. */
  before: string | undefined
}>

/** The text that an editor opens: what it is for, then the parameters; `line` is where they begin. */
export const draftText = (draft: Draft): Readonly<{ text: string; line: number }> => {
  const { server, tool, parameters, marks, before } = draft
  const notes = [
    `Parameters of ${tool} on ${server}. Save and leave: policy is asked first, then you are.`,
    'Lines that begin with // are not sent; with no other line left, nothing is.',
    ...(marks.length === 0
      ? []
      : [
          'The record does not hold the real values of:',
          ...marks.map((place) => `    ${place}`),
          'Write them in place of the marks, or take them out: marks are never sent.',
        ]),
  ].map((note) => `// ${printable(note)}\n`)
  const body = before === undefined ? JSON.stringify(parameters, undefined, 2) : uncommented(before)
  return { text: `${notes.join('')}${body.trim()}\n`, line: notes.length + 1 }
}

/** JSON has no line that begins so. */
const NOTE = /^[ \t]*\/\/.*$/gm

const uncommented = (text: string): string => text.replace(NOTE, '')

export type Drafted = Readonly<
  | { kind: 'parameters'; parameters: JsonObject }
  | { kind: 'nothing' }
  | { kind: 'fault'; sentence: string }
>

/** What somebody left in the editor. */
export const readDraft = (text: string): Drafted => {
  // Empty lines stay in place of notes, so that the place of a fault is that of the file.
  const body = uncommented(text).replace(/^\ufeff/, '')
  if (body.trim() === '') return { kind: 'nothing' }
  const read = readJsonText(body)
  if (read.fault !== undefined) {
    const place = placeIn(body, read.fault.at)
    return { kind: 'fault', sentence: `no JSON at ${place}: ${read.fault.sentence}` }
  }
  const { value } = read
  if (!isObject(value)) return { kind: 'fault', sentence: 'parameters are an object, { … }' }
  const marks = markedPlaces(value)
  return marks.length === 0
    ? { kind: 'parameters', parameters: value }
    : {
        kind: 'fault',
        sentence: `marks are never sent, and here they still stand: ${marks.join(', ')}`,
      }
}
