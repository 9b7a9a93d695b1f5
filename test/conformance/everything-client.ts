/**
 * The client that the suite's client scenarios look at, on SDK v2: does what the scenario in
 * `MCP_CONFORMANCE_SCENARIO` wants, in the era of `MCP_CONFORMANCE_PROTOCOL_VERSION`, at the address that is
 * its last argument. With `--gateway` in front of the address, a gateway stands in between.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Gateway, startGateway } from '../support/gateway.ts'

type Json = Record<string, unknown>
type Scenario = (client: Client) => Promise<unknown>

const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const version = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? ''
const modern = version >= '2026-07-28'

/** The calls that the suite wants to see, where it says so. */
const wanted = (): readonly { name: string; arguments: Json }[] =>
  JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}').toolCalls ?? []

const callFirst = (name: string, given: Json = {}): Scenario => {
  return async (client) => {
    const { tools } = await client.listTools()
    if (!tools.some((tool) => tool.name === name)) throw new Error(`No tool ${name}`)
    return client.callTool({ name, arguments: given })
  }
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  initialize: (client) => client.listTools(),
  tools_call: callFirst('add_numbers', { a: 5, b: 3 }),
  'elicitation-sep1034-client-defaults': callFirst('test_client_elicitation_defaults'),
  'sse-retry': callFirst('test_reconnection'),
  'request-metadata': async () => {},
  'json-schema-ref-no-deref': (client) => client.listTools(),
  'json-schema-2020-12-preservation': async (client) => {
    const { tools } = await client.listTools()
    const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema
    await client.callTool({ name: 'json_schema_echo', arguments: { schema } })
  },
  'http-standard-headers': async (client) => {
    const { tools } = await client.listTools()
    for (const { name } of tools.slice(0, 1)) await client.callTool({ name, arguments: {} })
    const { resources } = await client.listResources()
    for (const { uri } of resources.slice(0, 1)) await client.readResource({ uri })
    const { prompts } = await client.listPrompts()
    for (const { name } of prompts.slice(0, 1)) await client.getPrompt({ name, arguments: {} })
  },
  'http-custom-headers': async (client) => {
    await client.listTools()
    for (const call of wanted()) await client.callTool(call)
  },
  'http-invalid-tool-headers': async (client) => {
    const { tools } = await client.listTools()
    for (const { name } of tools) {
      // What must not be called may fail; the suite saw the call, and that is what counts.
      await client.callTool({ name, arguments: { region: 'us-west1' } }).catch(() => {})
    }
  },
  'sep-2322-client-request-state': async (client) => {
    for (const name of ['echo_state', 'no_state', 'unrelated']) {
      await client.callTool({ name: `test_mrtr_${name}`, arguments: {} })
    }
    // A result without a type is refused by the SDK itself, without a second try.
    await client.callTool({ name: 'test_mrtr_no_result_type', arguments: {} }).catch(() => {})
  },
}

const CAPABILITIES: Readonly<Record<string, Json>> = {
  'elicitation-sep1034-client-defaults': { elicitation: { form: { applyDefaults: true } } },
  'request-metadata': { roots: { listChanged: true }, sampling: {}, elicitation: {} },
  'sep-2322-client-request-state': { elicitation: {} },
}

/** These mocks answer neither `server/discover` nor `initialize`, so that whoever connects must know. */
const SPEECHLESS: ReadonlySet<string> = new Set([
  'http-standard-headers',
  'http-custom-headers',
  'http-invalid-tool-headers',
  'sep-2322-client-request-state',
])

/** For this one every request counts, also the question whether the server speaks the legacy era. */
const PINNED: ReadonlySet<string> = new Set([...SPEECHLESS, 'request-metadata'])

const ANSWER = {
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {}, resources: {}, prompts: {} },
  resultType: 'complete',
  ttlMs: 0,
  cacheScope: 'private',
}

/** Answers `server/discover` in place of a server that cannot. */
const discovering = async (input: string | URL, init?: RequestInit): Promise<Response> => {
  const message = typeof init?.body === 'string' ? (JSON.parse(init.body) as Json) : {}
  if (message.method !== 'server/discover') return fetch(input, init)
  return Response.json({ jsonrpc: '2.0', id: message.id, result: ANSWER })
}

const connect = async (url: string): Promise<Client> => {
  const capabilities = CAPABILITIES[scenario] ?? {}
  const client = new Client(
    { name: 'test-client', version: '1.0.0' },
    { capabilities, ...(modern && { versionNegotiation: { mode: 'auto' } }) },
  )
  if ('elicitation' in capabilities) {
    const content = scenario === 'sep-2322-client-request-state' ? { confirmed: true } : {}
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content }))
  }
  const options = SPEECHLESS.has(scenario) ? { fetch: discovering as typeof fetch } : {}
  await client.connect(new StreamableHTTPClientTransport(new URL(url), options))
  return client
}

const startBetween = (url: string): Promise<Gateway> =>
  startGateway({
    args: ['--no-auth'],
    servers: {
      suite: { type: 'http', url, ...(PINNED.has(scenario) && { protocol_version: version }) },
    },
  })

const play = SCENARIOS[scenario]
const address = process.argv.at(-1) ?? ''
if (play === undefined) throw new Error(`Unknown scenario: ${scenario}`)
const gateway = process.argv.includes('--gateway') ? await startBetween(address) : undefined
try {
  const client = await connect(gateway ? `${gateway.url}/servers/suite/mcp` : address)
  await play(client)
  await client.close()
} finally {
  await gateway?.close()
}
process.exit(0)
