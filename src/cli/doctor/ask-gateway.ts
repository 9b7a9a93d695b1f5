import { type Client, ClientFault, createClient } from '../../client.ts'
import { VERSION } from '../version.ts'

/** Milliseconds. */
const PATIENCE = 2_000

/** The gateway that runs here, asked without a token. */
export const askGateway = (url: string, signal: AbortSignal): Client =>
  createClient({
    url,
    token: undefined,
    deadline: () => signal,
    clientInfo: { name: 'datacline', version: VERSION },
  })

/** Whether it demands a token; undefined when it does not say. */
export const asksForTokens = async (url: string): Promise<boolean | undefined> => {
  try {
    const told = await askGateway(url, AbortSignal.timeout(PATIENCE)).request('GET', '/')
    return typeof told.auth_enabled === 'boolean' ? told.auth_enabled : undefined
  } catch (cause) {
    // That it does not answer is a finding of its own.
    if (cause instanceof ClientFault) return undefined
    throw cause
  }
}
