import { type JsonFault, jsonFault } from '../../lib/json-fault.ts'
import { parseLossless } from '../../lib/lossless-json.ts'

export type { JsonFault } from '../../lib/json-fault.ts'

/** A JSON text as somebody typed it: its value with the digits of its numbers, or what is wrong where. */
export const readJsonText = (
  text: string,
): Readonly<{ value: unknown; fault?: never } | { fault: JsonFault }> => {
  const fault = jsonFault(text)
  return fault === undefined ? { value: parseLossless(text) } : { fault }
}

/** `line 3, character 5`, counted from 1; the line is left out where there is only one. */
export const placeIn = (text: string, at: number): string => {
  const before = text.slice(0, at).split('\n')
  const character = `character ${(before.at(-1) ?? '').length + 1}`
  return text.includes('\n') ? `line ${before.length}, ${character}` : character
}
