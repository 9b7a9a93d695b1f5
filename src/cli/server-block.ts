import { resolve } from 'node:path'
import { operatorUrlProblem } from '../config/operator-url.ts'
import { serverNameProblem } from '../config/server-name.ts'
import type { AuthBlock, ServerBlock } from '../config/servers-schema.ts'
import type { Flags, FlagValues } from './command.ts'
import { CliFault } from './failure.ts'

/** What describes a server on the command line, as the original spelled it and a little more. */
export const SERVER_FLAGS = {
  type: { value: 'TYPE', group: 'Server', help: 'http (the default), sse, rest or stdio' },
  timeout: { value: 'SECONDS', group: 'Server', help: 'without a sign of life (30)' },
  enabled: { group: 'Server', help: 'switched on (the default)' },
  disabled: { group: 'Server', help: 'switched off' },
  description: { value: 'TEXT', group: 'Server', help: 'what it is for' },
  tags: { value: 'A,B', group: 'Server', help: 'words to find it by' },
  env: {
    value: 'NAME=VALUE',
    repeat: true,
    group: 'Server',
    help: 'stdio: a variable of its own; env://NAME takes one of the gateway',
  },
  cwd: { value: 'DIR', group: 'Server', help: 'stdio: where it runs' },
  'auth-method': {
    value: 'METHOD',
    group: 'Credential',
    help: 'bearer, api_key, basic, custom or none',
  },
  'auth-location': { value: 'PLACE', group: 'Credential', help: 'header (the default)' },
  'auth-name': { value: 'NAME', group: 'Credential', help: 'the header (Authorization)' },
  'auth-format': { value: 'FORMAT', group: 'Credential', help: 'prefix, raw or template' },
  'auth-prefix': { value: 'TEXT', group: 'Credential', help: 'before the credential ("Bearer ")' },
  'auth-template': { value: 'TEXT', group: 'Credential', help: 'text with {credential} in it' },
  'credential-ref': {
    value: 'REF',
    group: 'Credential',
    help: 'env://NAME or file:///path: keeps it out of the file',
  },
  'credential-value': {
    value: 'TEXT',
    group: 'Credential',
    help: 'the credential itself, in the file and in the process list',
  },
} as const satisfies Flags

export type ServerFlags = FlagValues<typeof SERVER_FLAGS>

/** What a server is reached by: a URL, or a program with its arguments. */
export type Reach = Readonly<{ url: string | undefined; command: readonly string[] }>

export type Places = Readonly<{ workingDirectory: string; directory: string }>

/**
 * The entry of mcp_servers.yaml that a command line describes, in the order and shape in which the
 * original wrote it. What the keys must be is the servers file's affair, which is asked before it is
 * written.
 *
 * @throws CliFault `usage`
 */
export const toServerBlock = (flags: ServerFlags, reach: Reach, places: Places): ServerBlock => {
  if (flags.enabled && flags.disabled) {
    throw new CliFault('usage', '--enabled and --disabled contradict each other')
  }
  const auth = toAuthBlock(flags)
  const tags = flags.tags?.split(',').flatMap((tag) => tag.trim() || [])
  return {
    ...(reach.command.length > 0 ? byCommand(flags, reach, places) : byUrl(flags, reach)),
    timeout: secondsOf(flags.timeout),
    enabled: !flags.disabled,
    ...(flags.description !== undefined && { description: flags.description }),
    ...(tags !== undefined && { tags }),
    ...(auth !== undefined && { auth }),
  }
}

/** @throws CliFault `usage` */
export const assertServerName = (name: string): void => {
  const problem = serverNameProblem(name)
  if (problem !== undefined) throw new CliFault('usage', `NAME: ${problem}`)
}

const byUrl = ({ type = 'http', env, cwd }: ServerFlags, { url }: Reach): ServerBlock => {
  if (type === 'stdio') {
    throw new CliFault('usage', 'a stdio server needs its program behind --', {
      hint: 'datacline register-mcp NAME --type stdio -- COMMAND [ARGUMENT…]',
    })
  }
  if (url === undefined) throw new CliFault('usage', 'missing URL')
  if (env.length > 0 || cwd !== undefined) {
    throw new CliFault('usage', '--env and --cwd belong to --type stdio')
  }
  const problem = operatorUrlProblem(url)
  if (problem !== undefined) throw new CliFault('usage', `URL: ${problem}`)
  return { url, type }
}

const byCommand = (flags: ServerFlags, { url, command }: Reach, places: Places): ServerBlock => {
  const { type = 'stdio', env } = flags
  if (type !== 'stdio') throw new CliFault('usage', `what stands behind -- belongs to --type stdio`)
  if (url !== undefined) throw new CliFault('usage', 'a stdio server has no URL')
  const { workingDirectory, directory } = places
  const [typed = '', ...args] = command
  const elsewhere = workingDirectory !== directory
  // A path means the place where it was typed; the file reads it from its own.
  const program = elsewhere && typed.includes('/') ? resolve(workingDirectory, typed) : typed
  const cwd = flags.cwd === undefined ? undefined : resolve(workingDirectory, flags.cwd)
  const runsIn = cwd ?? (elsewhere ? workingDirectory : undefined)
  return {
    type: 'stdio',
    command: program,
    ...(args.length > 0 && { args }),
    ...(runsIn !== undefined && { cwd: runsIn }),
    ...(env.length > 0 && { env: Object.fromEntries(env.map(readVariable)) }),
  }
}

const readVariable = (text: string): readonly [string, string] => {
  const equals = text.indexOf('=')
  if (equals < 1) throw new CliFault('usage', '--env: expected NAME=VALUE')
  return [text.slice(0, equals), text.slice(equals + 1)]
}

const secondsOf = (text = '30'): number => {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (seconds > 0 && seconds <= 86_400) return seconds
  const got = JSON.stringify(text)
  throw new CliFault('usage', `--timeout: expected seconds above 0, at most 86400, got ${got}`)
}

const AUTH_KEYS = {
  'auth-location': 'location',
  'auth-name': 'name',
  'auth-format': 'format',
  'auth-prefix': 'prefix',
  'auth-template': 'template',
  'credential-ref': 'credential_ref',
  'credential-value': 'credential_value',
} as const satisfies Partial<Record<keyof ServerFlags, keyof AuthBlock>>

const toAuthBlock = (flags: ServerFlags): AuthBlock | undefined => {
  const given = Object.entries(AUTH_KEYS).flatMap(([flag, key]) => {
    const value = flags[flag as keyof typeof AUTH_KEYS]
    return value === undefined ? [] : [{ flag, key, value }]
  })
  const method = flags['auth-method']
  if (method === undefined) {
    if (given[0] === undefined) return undefined
    throw new CliFault('usage', `--${given[0].flag} needs --auth-method`)
  }
  // Checked against the schema of the servers file with the rest of the entry.
  return { method, ...Object.fromEntries(given.map(({ key, value }) => [key, value])) } as AuthBlock
}
