import { asReason, type Client, parameterHeaders } from '../client.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { DECISION_META } from '../core/protocol.ts'
import { CliFault } from './failure.ts'
import { createProgress, type ProgressMode } from './progress.ts'
import type { Surroundings } from './surroundings.ts'
import { deniedFault, type Tool } from './tools.ts'

export type Invocation = Readonly<{
  client: Client
  server: string
  tool: Tool
  parameters: JsonObject
  progress: ProgressMode
  around: Surroundings
}>

export type Invoked = Readonly<{
  result: JsonObject
  milliseconds: number
  /** The id of the call in the gateway's record. */
  exchange: string | undefined
}>

/**
 * Calls a tool, shows its progress, and cancels it at ctrl-c; a second ctrl-c waits for nothing.
 *
 * @throws ClientFault, CliFault `interrupted`, `terminated` or `policy_denied`
 */
export const callTool = async (invocation: Invocation): Promise<Invoked> => {
  const { client, server, tool, parameters, around } = invocation
  const startedAt = around.now()
  const giveUp = new AbortController()
  const progress = createProgress(around.stderr, invocation.progress, around.now)
  let signal: 'SIGINT' | 'SIGTERM' | undefined
  let exchange: string | undefined
  const stopped = around.stopped(() => {
    progress.end()
    around.exit(130)
  })
  void stopped.then((name) => {
    signal = name
    progress.say('cancelling, again to leave at once')
    giveUp.abort()
  })
  try {
    const result = await client.ask(
      server,
      'tools/call',
      { name: tool.name, arguments: parameters },
      {
        signal: giveUp.signal,
        headers: parameterHeaders(tool.inputSchema, parameters),
        onNotification: progress.hear,
        onExchange: (id) => {
          exchange = id
        },
      },
    )
    assertAnswered(result, exchange)
    return { result, milliseconds: around.now() - startedAt, exchange }
  } catch (cause) {
    if (signal === undefined) throw cause
    const exit = signal === 'SIGTERM' ? 'terminated' : 'interrupted'
    throw new CliFault(exit, `${tool.name} was cancelled`, { cause })
  } finally {
    progress.end()
  }
}

/** A denied call is a tool result that says so; a question of the server has nobody to answer it. */
const assertAnswered = (result: JsonObject, exchange: string | undefined): void => {
  const meta = isObject(result._meta) ? result._meta : {}
  const reason = result.isError === true ? asReason(meta[DECISION_META]) : undefined
  if (reason !== undefined) throw deniedFault(reason, exchange)
  if (result.resultType === 'input_required') {
    throw new CliFault('tool_error', 'the tool asks for something that only an MCP client can give')
  }
}
