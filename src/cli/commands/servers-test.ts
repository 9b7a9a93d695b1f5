import type { Client } from '../../client.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import { META } from '../../core/protocol.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'

export const serversTest = defineCommand({
  name: 'servers test',
  summary: 'Asks a server through the gateway who it is and what it offers',
  positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
  flags: {},
  examples: ['datacline servers test demo', 'datacline servers test demo --local --no-auth'],
  exits: ['policy_denied', 'auth', 'upstream_unreachable', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const { positionals, around, output } = call
    const [name = ''] = positionals
    const client = await connect(call)
    const startedAt = around.now()
    const path = `/mcp/server/${encodeURIComponent(name)}/info`
    const info = await client.request('GET', path)
    const tools = await toolCount(client, name, info)
    const milliseconds = around.now() - startedAt
    const body = { name, reachable: true, milliseconds, tools, info }
    output.result(body, () => {
      const mark = output.paint('allow', '✓')
      return `${mark} ${name} answers in ${milliseconds} ms: ${described(info, tools)}\n`
    })
    return 'ok'
  },
})

/** Null for a server that says it has no tools. */
const toolCount = async (
  client: Client,
  name: string,
  { capabilities }: JsonObject,
): Promise<unknown> => {
  if (isObject(capabilities) && capabilities.tools === undefined) return null
  return (await client.list('tools', name)).count
}

const described = (info: JsonObject, tools: unknown): string => {
  const meta = isObject(info._meta) ? info._meta : {}
  const server = [info.serverInfo, meta[META.serverInfo]].find(isObject) ?? {}
  const who = [server.name, server.version].filter((part) => typeof part === 'string').join(' ')
  const eras = Array.isArray(info.eras) ? info.eras.join(' and ') : ''
  return [who, tools === null ? 'no tools' : `${tools} tools`, eras]
    .filter((part) => part !== '')
    .map(printable)
    .join(', ')
}
