import { isObject } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import { trimListing } from './trim-listing.ts'
import type { View } from './visibility.ts'

const LISTINGS = [
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tasks/list',
] as const

/**
 * A message of a GET stream, which may be an answer given before and now again, because the client
 * resumes the stream of an earlier request (MCP 2025-11-25, resumability). What the request was, only
 * the client could say: the answer is trimmed by what it holds.
 *
 * @returns undefined for what cannot be trimmed without its request
 */
export const trimReplayed = (text: string, view: View): string | undefined => {
  if (!mayHoldWord(text, 'result')) return text
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { result } = message
  if (isObject(result.completion)) return undefined
  return LISTINGS.filter((method) =>
    Array.isArray(result[methodRow(method)?.listing?.member ?? '']),
  ).reduce(
    (trimmed, method) => trimListing(trimmed, method, (name) => view.mayList(method, name)),
    text,
  )
}
