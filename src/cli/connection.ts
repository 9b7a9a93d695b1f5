import { type Client, type ClientOptions, createClient } from '../client.ts'
import type { Call } from './command.ts'
import { parseDuration } from './duration.ts'
import { CliFault } from './failure.ts'
import { type Locating, locateGateway } from './gateway-address.ts'
import type { LocalRun } from './local.ts'
import { readStdin, readTextFile } from './read-text.ts'
import type { Surroundings } from './surroundings.ts'
import { VERSION } from './version.ts'

/** What tells where the gateway is, and who calls. */
export type Connecting = Locating &
  Readonly<{ flags: Pick<Call<Record<never, never>>['flags'], 'token' | 'token-file' | 'timeout'> }>

/** With what `--local` needs besides. */
export type Connectable = Connecting & Readonly<{ local: Pick<LocalRun, 'open'> }>

const TIMEOUT = '60s'

/** A gateway as it can be reached. */
export type Reached = Pick<ClientOptions, 'url' | 'why' | 'fetch'>

/**
 * The gateway that a command talks to: the one inside this program with `--local`, else the one that
 * flags, environment or the state directory name, else the one that the settings describe.
 *
 * @throws CliFault
 */
export const reachGateway = async (connecting: Connectable): Promise<Reached> => {
  const local = await connecting.local.open()
  if (local !== undefined) return { url: 'http://localhost', fetch: local.fetch }
  return locateGateway(connecting)
}

/** That gateway, with the token that is given. @throws CliFault */
export const connect = async (connecting: Connectable): Promise<Client> => {
  const token = await readToken(connecting)
  return clientOf(connecting, await reachGateway(connecting), token)
}

/** Its deadline begins now and holds for everything that is done through it. @throws CliFault `usage` */
export const clientOf = (
  connecting: Connecting,
  reached: Reached,
  token: string | undefined,
): Client => {
  const deadline = AbortSignal.timeout(timeoutOf(connecting))
  return createClient({
    ...reached,
    token,
    deadline: () => deadline,
    clientInfo: { name: 'datacline', version: VERSION },
  })
}

/** Milliseconds. @throws CliFault `usage` */
const timeoutOf = ({ flags, around }: Connecting): number =>
  flags.timeout === undefined
    ? parseDuration(around.environment.DATACLINE_TIMEOUT || TIMEOUT, 'DATACLINE_TIMEOUT')
    : parseDuration(flags.timeout, '--timeout')

/** Whether standard input is taken by the token, so that nothing else may read it. */
export const tokenTakesStdin = ({ flags }: Connecting): boolean =>
  flags.token === '-' || flags['token-file'] === '-'

/**
 * The token, from the first of `--token`, `--token-file`, DATACLINE_TOKEN and DATACLINE_TOKEN_FILE that
 * is given. It never has to stand in the process list.
 *
 * @throws CliFault `usage`
 */
export const readToken = async ({ flags, around }: Connecting): Promise<string | undefined> => {
  const { environment } = around
  if (flags.token !== undefined && flags['token-file'] !== undefined) {
    throw new CliFault('usage', '--token and --token-file are both given')
  }
  const sources: readonly (readonly [name: string, given: string | undefined, isFile: boolean])[] =
    [
      ['--token', flags.token, false],
      ['--token-file', flags['token-file'], true],
      ['DATACLINE_TOKEN', environment.DATACLINE_TOKEN || undefined, false],
      ['DATACLINE_TOKEN_FILE', environment.DATACLINE_TOKEN_FILE || undefined, true],
    ]
  for (const [name, given, isFile] of sources) {
    if (given !== undefined) return toToken(await textOf(around, name, given, isFile), name)
  }
  return undefined
}

const textOf = (around: Surroundings, name: string, given: string, isFile: boolean) => {
  if (given === '-') return readStdin(around, name)
  if (isFile) return readTextFile(around, given, name)
  return given.startsWith('@') ? readTextFile(around, given.slice(1), name) : given
}

const toToken = (text: string, name: string): string => {
  const token = text.trim().replace(/^Bearer\s+/i, '')
  if (token === '') throw new CliFault('usage', `${name}: the token is empty`)
  if (/[^\x21-\x7e]/.test(token)) {
    throw new CliFault('usage', `${name}: that is no token, it holds blanks or strange characters`)
  }
  return token
}
