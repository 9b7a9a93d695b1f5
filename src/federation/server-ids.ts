import { parseLossless } from '../lib/lossless-json.ts'
import { labelOf } from './names.ts'

/**
 * The id (or progress token) of a server's own request, as the client of several servers sees it: two
 * servers may well use the same one. It says itself where the answer belongs.
 */
export const federatedId = (server: string, id: unknown): string =>
  `${labelOf(server)}:${JSON.stringify(id)}`

/** Undefined for what is none of ours. */
export const readId = (id: unknown): Readonly<{ label: string; id: unknown }> | undefined => {
  const [, label, text] = typeof id === 'string' ? (/^([^:]+):(.+)$/s.exec(id) ?? []) : []
  if (label === undefined || text === undefined) return undefined
  try {
    return { label, id: parseLossless(text) }
  } catch {
    return undefined
  }
}
