import { SAFE_HEADERS } from './safe-headers.ts'

/** Read once: an object of headers costs several times as much with each answer. */
const HEADERS = new Headers({ 'content-type': 'application/json', ...SAFE_HEADERS })

/** An answer of ours that is JSON text, with headers of its own beside those that all have. */
export const jsonAnswer = (
  text: string,
  status = 200,
  own: Readonly<Record<string, string>> = {},
): Response => {
  const response = new Response(text, { status, headers: HEADERS })
  for (const name in own) response.headers.set(name, own[name] ?? '')
  return response
}
