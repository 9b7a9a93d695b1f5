import type { Client } from '../client.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { nearest } from '../lib/nearest.ts'
import { deniedHint } from './client-fault.ts'
import { CliFault } from './failure.ts'

/** A tool as its server lists it. */
export type Tool = Readonly<{ name: string; inputSchema: JsonObject; listed: JsonObject }>

const toTool = (listed: JsonObject): Tool => ({
  name: String(listed.name),
  inputSchema: isObject(listed.inputSchema) ? listed.inputSchema : {},
  listed,
})

/** The objects of a list in a body. */
export const entriesOf = (body: JsonObject, member: string): readonly JsonObject[] =>
  Array.isArray(body[member]) ? (body[member] as unknown[]).filter(isObject) : []

/** The tools of a server that the caller may use. @throws ClientFault */
export const listTools = async (client: Client, server: string): Promise<readonly Tool[]> =>
  entriesOf(await client.list('tools', server), 'tools').map(toTool)

/**
 * One tool of those listed. One that is not is either hidden by policy or unknown: policy is asked
 * which, so that a denial is told, and recorded, as one.
 *
 * @throws CliFault `policy_denied` or `not_found` with the nearest name
 */
export const findTool = async (
  client: Client,
  server: string,
  tools: readonly Tool[],
  name: string,
): Promise<Tool> => {
  const tool = tools.find((each) => each.name === name)
  if (tool !== undefined) return tool
  await assertAllowed(client, server, name, {})
  const match = nearest(
    name,
    tools.map((each) => each.name),
  )
  throw new CliFault('not_found', `${server} has no tool ${JSON.stringify(name)}`, {
    why: match === undefined ? undefined : `did you mean ${match}?`,
    hint: `datacline list-tools ${server}`,
  })
}

/** What policy says to a call, and why. @throws ClientFault, CliFault `policy_denied` */
export const assertAllowed = async (
  client: Client,
  server: string,
  tool: string,
  parameters: JsonObject,
): Promise<unknown> => {
  let exchange: string | undefined
  const onExchange = (id: string | undefined) => {
    exchange = id
  }
  const { allowed, decision } = await client.decide(server, tool, parameters, { onExchange })
  if (allowed !== true) throw deniedFault(decision, exchange)
  return decision
}

/** A denial as `POST /mcp/decide` or a refused call tells it. */
export const deniedFault = (decision: unknown, exchange: string | undefined): CliFault => {
  const reason = isObject(decision) ? decision : {}
  const advice = typeof reason.advice === 'string' ? reason.advice : undefined
  return new CliFault('policy_denied', 'denied by policy', {
    why: typeof reason.text === 'string' ? reason.text : undefined,
    hint: deniedHint(advice, exchange),
    extra: {
      reason_code: 'access_denied',
      status: 403,
      decision: reason,
      ...(exchange !== undefined && { audit_id: exchange }),
    },
  })
}
