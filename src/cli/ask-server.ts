import { operatorUrlProblem } from '../config/operator-url.ts'
import { serverNameProblem } from '../config/server-name.ts'
import { printable } from '../core/printable.ts'
import { joinWords, splitWords } from '../lib/shell-words.ts'
import { type Asking, confirm, input, select } from './ask.ts'
import type { ServerFlags } from './server-block.ts'

/** What was typed and what was answered, together. */
export type AskedServer = Readonly<{
  name: string
  url: string | undefined
  command: readonly string[]
  flags: ServerFlags
}>

/** What the command line already says. */
export type GivenServer = Readonly<{
  name: string | undefined
  url: string | undefined
  flags: ServerFlags
}>

const TYPES = [
  { name: 'http', value: 'http', description: 'MCP over HTTP; the dialect is found out' },
  { name: 'sse', value: 'sse', description: 'the older HTTP+SSE transport' },
  { name: 'rest', value: 'rest', description: "the first gateway's REST dialect" },
  { name: 'stdio', value: 'stdio', description: 'a program that the gateway starts' },
] as const

/**
 * Asks for what the command line does not say, and whether all of it is right: the exact argument
 * vector of a program is shown before anything is written.
 *
 * @returns undefined when the answer is no
 * @throws CliFault `usage` where nobody can be asked, `interrupted`
 */
export const askServer = async (
  asking: Asking,
  given: GivenServer,
): Promise<AskedServer | undefined> => {
  const name =
    given.name ??
    (await input(asking, {
      message: 'Name',
      instead: 'NAME',
      validate: (text) => serverNameProblem(text) ?? true,
    }))
  const type =
    given.flags.type ??
    (given.url === undefined
      ? await select(asking, { message: 'Type', instead: '--type', choices: TYPES })
      : undefined)
  const reach =
    type === 'stdio'
      ? { url: undefined, command: await askCommand(asking) }
      : { url: given.url ?? (await askUrl(asking)), command: [] }
  const credential = reach.url === undefined ? {} : await askCredential(asking, given.flags)
  const flags = { ...given.flags, type, ...credential }
  tell(asking, reach.command)
  const agreed = await confirm(asking, {
    message: `Register ${name}?`,
    instead: '--yes',
    default: true,
  })
  return agreed ? { name, ...reach, flags } : undefined
}

/** The command line that says the same without questions. */
export const commandLine = ({ name, url, command, flags }: AskedServer): string => {
  const values = Object.entries(flags).flatMap(([flag, value]) => {
    if (value === true) return [`--${flag}`]
    if (Array.isArray(value)) return value.flatMap((each: string) => [`--${flag}`, each])
    return typeof value === 'string' ? [`--${flag}`, value] : []
  })
  const behind = command.length > 0 ? ['--', ...command] : []
  const where = url === undefined ? [] : [url]
  return joinWords(['datacline', 'register-mcp', name, ...where, ...values, ...behind])
}

const askUrl = (asking: Asking): Promise<string> =>
  input(asking, {
    message: 'URL',
    instead: 'URL',
    validate: (text) => operatorUrlProblem(text) ?? true,
  })

const askCommand = async (asking: Asking): Promise<readonly string[]> => {
  const line = await input(asking, {
    message: 'Command and its arguments',
    instead: '-- COMMAND [ARGUMENT…]',
    validate: (text) => {
      const split = splitWords(text)
      if ('problem' in split) return split.problem
      return split.words.length > 0 || 'a program is needed'
    },
  })
  const split = splitWords(line)
  return 'words' in split ? split.words : []
}

const askCredential = async (asking: Asking, flags: ServerFlags): Promise<Partial<ServerFlags>> => {
  if (flags['auth-method'] !== undefined) return {}
  const method = await select(asking, {
    message: 'Credential of the gateway for this server',
    instead: '--auth-method',
    choices: [
      { name: 'none', value: undefined },
      { name: 'bearer', value: 'bearer', description: 'Authorization: Bearer …' },
      { name: 'api_key', value: 'api_key', description: 'a header of its own, X-API-Key: …' },
    ],
  })
  if (method === undefined) return {}
  const variable = await input(asking, {
    message: 'Variable of the environment or of .env that holds it',
    instead: '--credential-ref',
    validate: (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) || 'expected the name of a variable',
  })
  const own = method === 'api_key' ? { 'auth-name': 'X-API-Key', 'auth-format': 'raw' } : {}
  return { 'auth-method': method, ...own, 'credential-ref': `env://${variable}` }
}

const tell = ({ around }: Asking, command: readonly string[]): void => {
  if (command.length === 0) return
  const lines = command.map((word, index) => `  argv[${index}]  ${printable(word)}\n`)
  around.stderr.write(`The gateway will start, without a shell:\n${lines.join('')}`)
}
