import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

/** The clients that people really use, as npm has them. */
export type ClientKind = 'sdk v1' | 'sdk v2 legacy' | 'sdk v2 modern' | 'sdk v2 auto'

/** Where the server is: an MCP endpoint, a command to spawn, or any transport of SDK v2. */
export type Target =
  | Readonly<{ url: string; headers?: Readonly<Record<string, string>> }>
  | Readonly<{
      command: string
      args: readonly string[]
      env?: Readonly<Record<string, string>>
    }>
  | Readonly<{ transport: Parameters<ClientV2['connect']>[0] }>

export type Heard = Readonly<{ method: string; params?: unknown }>
type AskOptions = Readonly<{ signal?: AbortSignal; onprogress?: (progress: unknown) => void }>

/** One connected client, reduced to what every version of the SDK can do. */
export type RealClient = Readonly<{
  /** What the server said about itself when the client connected. */
  hello: () => Readonly<Record<string, unknown>>
  /** Calls through the SDK's own function for that method, with all that it checks. */
  ask: (method: string, params?: object, options?: AskOptions) => Promise<unknown>
  /** The notifications so far, but for progress, which goes to `onprogress`. */
  heard: readonly Heard[]
  /** Only of the modern era: hears of changes until closed. */
  listen: (filter: Record<string, unknown>) => Promise<{ close: () => Promise<void> }>
  close: () => Promise<void>
}>

const IDENTITY = { name: 'real-client', version: '1.0.0' }

/** What a person in front of the client would say. */
const ELICITED = { action: 'accept' as const, content: { sure: true, name: 'Ada' } }
const SAMPLED = {
  role: 'assistant' as const,
  model: 'made-up',
  stopReason: 'endTurn',
  content: { type: 'text' as const, text: 'sampled' },
}
const ROOTS = { roots: [{ uri: 'file:///tmp', name: 'temporary' }] }
const INTERACTIVE = { elicitation: { form: {} }, sampling: {}, roots: { listChanged: true } }

/** Connects a real client. `interactive`: it answers elicitation, sampling and roots. */
export const connectClient = (
  kind: ClientKind,
  target: Target,
  { interactive = false } = {},
): Promise<RealClient> =>
  kind === 'sdk v1' ? connectV1(target, interactive) : connectV2(target, MODES[kind], interactive)

const MODES = {
  'sdk v2 legacy': 'legacy',
  'sdk v2 modern': { pin: '2026-07-28' },
  'sdk v2 auto': 'auto',
} as const

const connectV1 = async (target: Target, interactive: boolean): Promise<RealClient> => {
  const client = new ClientV1(IDENTITY, { capabilities: interactive ? INTERACTIVE : {} })
  const heard: Heard[] = []
  client.fallbackNotificationHandler = async (notification) => void heard.push(notification)
  if (interactive) {
    client.setRequestHandler(ElicitRequestSchema, () => ELICITED)
    client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED)
    client.setRequestHandler(ListRootsRequestSchema, () => ROOTS)
  }
  const transport = v1Transport(target)
  // The only way in which this SDK tells what was negotiated.
  let protocolVersion: string | undefined
  const adopt = transport.setProtocolVersion?.bind(transport)
  transport.setProtocolVersion = (version) => {
    protocolVersion = version
    adopt?.(version)
  }
  await client.connect(transport)
  const methods = {
    ...methodsOf(client),
    'tools/call': (params: never, options: AskOptions) =>
      client.callTool(params, undefined, options),
  }
  return {
    hello: () => ({
      capabilities: client.getServerCapabilities(),
      serverInfo: client.getServerVersion(),
      instructions: client.getInstructions(),
      protocolVersion,
    }),
    ask: askThrough(methods),
    heard,
    listen: () => Promise.reject(new Error('SDK v1 has no subscriptions/listen')),
    close: async () => {
      await hurryUp(transport)
      await client.close()
    },
  }
}

const connectV2 = async (
  target: Target,
  mode: (typeof MODES)[keyof typeof MODES],
  interactive: boolean,
): Promise<RealClient> => {
  const client = new ClientV2(IDENTITY, {
    capabilities: interactive ? INTERACTIVE : {},
    versionNegotiation: { mode },
  })
  const heard: Heard[] = []
  client.fallbackNotificationHandler = async (notification) => void heard.push(notification)
  if (interactive) {
    client.setRequestHandler('elicitation/create', () => ELICITED)
    client.setRequestHandler('sampling/createMessage', () => SAMPLED)
    client.setRequestHandler('roots/list', () => ROOTS)
  }
  const transport = v2Transport(target)
  await client.connect(transport)
  return {
    hello: () => ({
      era: client.getProtocolEra(),
      capabilities: client.getServerCapabilities(),
      serverInfo: client.getServerVersion(),
      instructions: client.getInstructions(),
      protocolVersion: client.getNegotiatedProtocolVersion(),
    }),
    ask: askThrough({
      ...methodsOf(client),
      'tools/call': (params: never, options: AskOptions) => client.callTool(params, options),
    }),
    heard,
    listen: (filter) => client.listen(filter),
    close: async () => {
      await hurryUp(transport)
      await client.close()
    },
  }
}

/** Ends a session, or a process that would otherwise be given seconds to notice that it is alone. */
const hurryUp = async (transport: object) => {
  const { pid, sessionId } = transport as { pid?: number | null; sessionId?: string }
  if (pid) process.kill(pid, 'SIGTERM')
  const http = transport instanceof HttpV1 || transport instanceof HttpV2
  if (http && sessionId) await transport.terminateSession()
}

type Method = (params: never, options: AskOptions) => Promise<unknown>

const methodsOf = (client: ClientV1 | ClientV2): Record<string, Method> => ({
  ping: (_params, options) => client.ping(options),
  'tools/list': (params, options) => client.listTools(params, options),
  'resources/list': (params, options) => client.listResources(params, options),
  'resources/templates/list': (params, options) => client.listResourceTemplates(params, options),
  'resources/read': (params, options) => client.readResource(params, options),
  'resources/subscribe': (params, options) => client.subscribeResource(params, options),
  'resources/unsubscribe': (params, options) => client.unsubscribeResource(params, options),
  'prompts/list': (params, options) => client.listPrompts(params, options),
  'prompts/get': (params, options) => client.getPrompt(params, options),
  'completion/complete': (params, options) => client.complete(params, options),
  'logging/setLevel': ({ level }: { level: never }, options) =>
    client.setLoggingLevel(level, options),
})

const askThrough =
  (methods: Record<string, Method>): RealClient['ask'] =>
  (method, params, options = {}) => {
    const call = methods[method]
    if (call === undefined) throw new Error(`No client function for ${method}`)
    return call(params as never, { timeout: 30_000, ...options } as AskOptions)
  }

const v1Transport = (target: Target): Parameters<ClientV1['connect']>[0] => {
  if ('transport' in target) throw new Error('Only SDK v2 takes a transport')
  return 'url' in target ? new HttpV1(...httpArguments(target)) : new StdioV1(spawning(target))
}

const v2Transport = (target: Target) => {
  if ('transport' in target) return target.transport
  return 'url' in target ? new HttpV2(...httpArguments(target)) : new StdioV2(spawning(target))
}

const httpArguments = ({ url, headers = {} }: Extract<Target, { url: string }>) =>
  [new URL(url), { requestInit: { headers: { ...headers } } }] as const

const spawning = ({ command, args, env = {} }: Extract<Target, { command: string }>) => ({
  command,
  args: [...args],
  env: { ...env },
  stderr: 'ignore' as const,
})
