import { isDeepStrictEqual } from 'node:util'
import { registerServer, type ServersText, serverBlocks } from '../../config/server-registration.ts'
import type { ServerBlock } from '../../config/servers-schema.ts'
import { printable } from '../../core/printable.ts'
import { canAsk, confirm } from '../ask.ts'
import { type AskedServer, askServer, commandLine } from '../ask-server.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { type Configuration, foreseen, openConfiguration } from '../configuration.ts'
import { CliFault } from '../failure.ts'
import { maskedBlock } from '../masked-block.ts'
import { probe } from '../probe.ts'
import { assertServerName, SERVER_FLAGS, toServerBlock } from '../server-block.ts'
import { editServersFile, readServersText } from '../servers-text.ts'

const FLAGS = {
  ...SERVER_FLAGS,
  force: { group: 'Configuration', help: 'replace an entry that is there' },
  probe: { group: 'Server', help: 'first see whether it answers and speaks MCP' },
  'no-probe': { group: 'Server', help: 'register it unseen (the default)' },
} as const satisfies Flags

type RegisterCall = Call<typeof FLAGS>

/** `datacline register-mcp`: an entry of mcp_servers.yaml; a running gateway sees it by itself. */
export const registerMcp = defineCommand({
  name: 'register-mcp',
  summary: 'Adds a server to mcp_servers.yaml',
  about:
    'Everything else in the file stays as it is. A running gateway picks the change up by itself.\nWithout arguments, on a terminal, it asks.',
  positionals: [
    { name: 'NAME', help: 'how the server is called here', optional: true },
    { name: 'URL', help: 'where it is', optional: true },
  ],
  rest: 'COMMAND [ARGUMENT…]',
  flags: FLAGS,
  examples: [
    'datacline register-mcp prod-server https://mcp.example.com',
    'datacline register-mcp dev-server http://localhost:3000 --type http --timeout 30 --enabled',
    'datacline register-mcp files --type stdio -- bunx @modelcontextprotocol/server-filesystem .',
  ],
  exits: ['upstream_unreachable', 'interrupted'],
  run: async (call) => {
    const { around, output } = call
    const server = await completed(call)
    if (server === undefined) throw new CliFault('interrupted', 'nothing was written')
    const { name } = server
    assertServerName(name)
    const configuration = openConfiguration(around, call.flags.config)
    const { directory } = configuration
    const places = { workingDirectory: around.workingDirectory, directory }
    const block = toServerBlock(server.flags, server, places)
    const from = readServersText(configuration, around.environment)
    // First of all it must be a good entry: nobody should be asked about one that is not.
    const registration = foreseen(() => registerServer(from, name, block))
    if (call.flags.probe && !call.flags['no-probe']) {
      const eras = await probe(from, registration, name, around)
      output.note(`${name} answers and speaks ${eras.join(' and ')}`)
    }
    const isSame = registration.text === from.text
    const agreed = isSame ? undefined : await agreedToReplace(call, from, name, block)
    const changed = await editServersFile({ configuration, around, output }, name, (now) => {
      const next = registerServer(now, name, block)
      const old = serverBlocks(now.text, now.file)[name]
      // Somebody else may have registered it meanwhile.
      const isOther = next.text !== now.text && !isDeepStrictEqual(old, agreed)
      if (isOther && !call.flags.force) throw isThere(now, name, block)
      return next
    })
    tell(call, configuration, name, block, changed)
    return 'ok'
  },
})

/** What was typed, or asked where it was not enough; undefined when a person said no. */
const completed = async (call: RegisterCall): Promise<AskedServer | undefined> => {
  const { flags, around, rest, output } = call
  const [name, url] = call.positionals
  if (name !== undefined && (url !== undefined || rest.length > 0)) {
    return { name, url, command: rest, flags }
  }
  if (!canAsk(around, flags)) throw missing(call)
  const asked = await askServer({ around, flags }, { name, url, flags: ownFlags(flags) })
  if (asked !== undefined) output.note(commandLine(asked))
  return asked
}

const ownFlags = (flags: RegisterCall['flags']): AskedServer['flags'] =>
  Object.fromEntries(
    Object.keys(SERVER_FLAGS).map((name) => [name, flags[name as keyof typeof SERVER_FLAGS]]),
  ) as AskedServer['flags']

const missing = ({ positionals, flags }: RegisterCall): CliFault => {
  const reach = flags.type === 'stdio' ? 'its program behind --' : 'URL'
  const what = positionals.length === 0 ? `NAME and ${reach}` : reach
  return new CliFault('usage', `missing ${what}`, {
    hint:
      flags.type === 'stdio'
        ? 'datacline register-mcp NAME --type stdio -- COMMAND [ARGUMENT…]'
        : 'datacline register-mcp NAME URL',
  })
}

/**
 * The entry as it is now, when it may be replaced: there is none, or a person agrees.
 *
 * @throws CliFault `usage` when nobody can be asked, `interrupted` when the answer is no
 */
const agreedToReplace = async (
  { flags, around }: RegisterCall,
  from: ServersText,
  name: string,
  block: ServerBlock,
): Promise<unknown> => {
  const old = serverBlocks(from.text, from.file)[name]
  if (old === undefined || flags.force) return old
  const fault = isThere(from, name, block)
  if (!flags.yes && !canAsk(around, flags)) throw fault
  const message = `${fault.message} (${fault.why}). Replace it?`
  if (await confirm({ around, flags }, { message, instead: '--force' })) return old
  throw new CliFault('interrupted', 'nothing was written')
}

const isThere = ({ text, file }: ServersText, name: string, block: ServerBlock): CliFault => {
  const old = (serverBlocks(text, file)[name] ?? {}) as Readonly<Record<string, unknown>>
  const keys = [...new Set([...Object.keys(old), ...Object.keys(block)])]
  const differs = keys.filter(
    (key) => !isDeepStrictEqual(old[key], block[key as keyof ServerBlock]),
  )
  return new CliFault('usage', `${name} is in ${file} already`, {
    why: `it differs in ${differs.join(', ')}`,
    hint: 'give --force to replace it',
  })
}

const tell = (
  { around, output }: RegisterCall,
  { settings }: Configuration,
  name: string,
  block: ServerBlock,
  changed: boolean,
): void => {
  const file = settings.values.mcpServersConfig
  const body = { name, file, changed, server: maskedBlock(block) }
  const where =
    block.url === undefined
      ? `Command: ${[block.command, ...(block.args ?? [])].join(' ')}`
      : `URL: ${block.url}`
  const lines = [
    `✓ MCP server '${name}' registered successfully`,
    `  ${where}`,
    `  Type: ${block.type}`,
    `  Enabled: ${block.enabled}`,
    ...(block.tags === undefined ? [] : [`  Tags: ${block.tags.join(', ')}`]),
    ...(block.auth === undefined ? [] : [`  Auth: ${block.auth.method}`]),
    `  File: ${file}`,
  ]
  const isSeen = !output.forPeople || around.stdout.isTerminal
  if (isSeen) output.result(body, () => `${lines.map(printable).join('\n')}\n`)
}
