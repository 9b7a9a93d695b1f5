import { decodeUtf8 } from '../lib/strict-json.ts'

/** The one shape of fetch that is needed, so that tests and settings can bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export type FetchLimits = Readonly<{ timeoutMilliseconds: number; maxBytes: number }>

/**
 * Reads one small public document as text. Redirects are not followed: the address was the operator's
 * choice, and where it points to is not.
 *
 * @throws Error in one sentence fit for an operator: not 200, too large, too slow, not UTF-8
 */
export const createBoundedFetch =
  (fetch: Fetch, { timeoutMilliseconds, maxBytes }: FetchLimits) =>
  async (url: string): Promise<string> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`answered HTTP ${response.status}`)
    }
    return decodeUtf8(await readAtMost(response.body, maxBytes))
  }

/** Leaving the loop cancels the stream, so no more than one chunk beyond the limit is ever read. */
const readAtMost = async (body: Response['body'], maxBytes: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`answered more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
