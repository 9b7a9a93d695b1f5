import { type Client, createClient } from '../client.ts'
import type { Call } from './command.ts'
import { parseDuration } from './duration.ts'
import { CliFault } from './failure.ts'
import type { LocalRun } from './local.ts'
import { readStdin, readTextFile } from './read-text.ts'
import type { Surroundings } from './surroundings.ts'
import { VERSION } from './version.ts'

type Flags = Pick<
  Call<Record<never, never>>['flags'],
  'gateway' | 'api-url' | 'token' | 'token-file' | 'timeout'
>

export type Connecting = Readonly<{ flags: Flags; around: Surroundings }>

/** With what `--local` needs besides. */
export type Connectable = Connecting & Readonly<{ local: Pick<LocalRun, 'open'> }>

const GATEWAY = 'http://127.0.0.1:8000'
const TIMEOUT = '60s'

/**
 * The gateway that flags and environment name, or the one inside this program. Its deadline begins now
 * and holds for everything that is done through it.
 *
 * @throws CliFault `usage`
 */
export const connect = async (connecting: Connectable): Promise<Client> => {
  const milliseconds = timeoutOf(connecting)
  const token = await readToken(connecting)
  const local = await connecting.local.open()
  const deadline = AbortSignal.timeout(milliseconds)
  return createClient({
    url: local === undefined ? gatewayUrl(connecting) : 'http://localhost',
    ...(local !== undefined && { fetch: local.fetch }),
    token,
    deadline: () => deadline,
    clientInfo: { name: 'datacline', version: VERSION },
  })
}

/** @throws CliFault `usage` when it is no address, or the two spellings of the flag disagree */
export const gatewayUrl = ({ flags, around }: Connecting): string => {
  const { gateway, 'api-url': apiUrl } = flags
  if (gateway !== undefined && apiUrl !== undefined && gateway !== apiUrl) {
    throw new CliFault('usage', '--gateway and --api-url name two gateways')
  }
  const url = gateway ?? apiUrl ?? (around.environment.DATACLINE_GATEWAY || GATEWAY)
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw new CliFault('usage', `${JSON.stringify(url)} is no http:// or https:// address`, {
    hint: `--gateway ${GATEWAY}`,
  })
}

/** Milliseconds. @throws CliFault `usage` */
export const timeoutOf = ({ flags, around }: Connecting): number =>
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
