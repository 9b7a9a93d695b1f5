import { type Client, ClientFault, createClient } from '../../src/client.ts'

/**
 * The client of the command line and the terminal, for a test.
 *
 * @param over.token none unless told
 * @param over.timeout milliseconds that one answer may take
 */
export const clientTo = (
  url: string,
  { token, timeout = 20_000 }: Readonly<{ token?: string; timeout?: number }> = {},
): Client =>
  createClient({
    url,
    token,
    deadline: () => AbortSignal.timeout(timeout),
    clientInfo: { name: 'test', version: '1' },
  })

/** The fault with which it ended. @throws Error when it ended well, or otherwise */
export const faultOf = async (asked: Promise<unknown>): Promise<ClientFault> => {
  const cause = await asked.then(() => undefined).catch((each: unknown) => each)
  if (cause instanceof ClientFault) return cause
  throw new Error(`no ClientFault but ${String(cause)}`)
}
