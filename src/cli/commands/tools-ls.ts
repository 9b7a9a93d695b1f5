import { type Client, ClientFault } from '../../client.ts'
import type { JsonObject } from '../../core/json-rpc.ts'
import { toCliFault } from '../client-fault.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { CliFault } from '../failure.ts'
import { TOOL_COLUMNS } from '../lists.ts'
import { entriesOf } from '../tools.ts'

export const toolsLs = defineCommand({
  name: 'tools ls',
  summary: 'Lists the tools of every server, or of one',
  positionals: [
    { name: 'SERVER', help: 'only of this server', optional: true, completes: 'server' },
  ],
  flags: {},
  examples: ['datacline tools ls', 'datacline tools ls demo -o ndjson --fields mcp_server,name'],
  exits: [
    'policy_denied',
    'auth',
    'upstream_unreachable',
    'gateway_unreachable',
    'not_found',
    'partial',
  ],
  run: async (call) => {
    const { output, positionals } = call
    const client = await connect(call)
    const [only] = positionals
    const servers = only === undefined ? await enabledServers(client) : [only]
    const asked = await Promise.allSettled(servers.map((server) => toolsOf(client, server)))
    const tools = asked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    const faults = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    const [first] = faults
    if (first !== undefined && faults.length === servers.length) throw first
    output.list({ tools, count: tools.length }, 'tools', COLUMNS)
    if (first === undefined) return 'ok'
    for (const [index, each] of asked.entries()) {
      if (each.status === 'rejected') {
        output.note(`${servers[index]}: ${messageOf(each.reason)}`)
      }
    }
    throw new CliFault('partial', `${faults.length} of ${servers.length} servers did not answer`)
  },
})

const COLUMNS = [
  { title: 'SERVER', value: ({ mcp_server }: JsonObject) => String(mcp_server) },
  ...TOOL_COLUMNS,
]

const enabledServers = async (client: Client): Promise<string[]> =>
  entriesOf(await client.servers(), 'servers')
    .filter(({ enabled }) => enabled !== false)
    .map(({ name }) => String(name))

const toolsOf = async (client: Client, server: string): Promise<readonly JsonObject[]> => {
  const body = await client.list('tools', server)
  return entriesOf(body, 'tools').map((tool) => ({ mcp_server: server, ...tool }))
}

const messageOf = (cause: unknown): string =>
  cause instanceof ClientFault ? toCliFault(cause).message : String(cause)
