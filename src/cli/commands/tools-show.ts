import {
  propertyNames,
  propertyOf,
  requiredNames,
  signatureOf,
  typeLabel,
} from '../../client/parameters/schema.ts'
import type { JsonObject } from '../../core/json-rpc.ts'
import { isObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { tableText } from '../table.ts'
import { firstLine, printableText } from '../text.ts'
import { findTool, listTools, type Tool } from '../tools.ts'

export const toolsShow = defineCommand({
  name: 'tools show',
  summary: 'Shows one tool: what it does and what it takes',
  positionals: [
    { name: 'SERVER', help: 'as list-servers shows it', completes: 'server' },
    { name: 'TOOL', help: 'as list-tools shows it', completes: 'tool' },
  ],
  flags: {},
  examples: ['datacline tools show demo add', 'datacline tools show demo add --json'],
  exits: ['policy_denied', 'auth', 'upstream_unreachable', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const [server = '', name = ''] = call.positionals
    const client = await connect(call)
    const tool = await findTool(client, server, await listTools(client, server), name)
    call.output.result({ mcp_server: server, ...tool.listed }, () => toolText(tool))
    return 'ok'
  },
})

const toolText = ({ name, inputSchema, listed }: Tool): string => {
  const parts = [printable(signatureOf(name, inputSchema))]
  if (typeof listed.description === 'string') parts.push(printableText(listed.description))
  const names = propertyNames(inputSchema, inputSchema)
  if (names.length > 0) parts.push(parameterTable(inputSchema, names).trimEnd())
  return `${parts.join('\n\n')}\n`
}

const parameterTable = (schema: JsonObject, names: readonly string[]): string => {
  const required = requiredNames(schema, schema)
  const inner = (name: string) => propertyOf(schema, schema, name)
  const told = (name: string) => {
    const property = inner(name)
    return isObject(property) ? firstLine(property.description) : ''
  }
  return tableText(
    [
      { title: 'PARAMETER', value: (name) => name },
      { title: 'TYPE', value: (name) => typeLabel(schema, inner(name)) },
      { title: 'REQUIRED', value: (name) => (required.includes(name) ? 'yes' : 'no') },
      { title: 'DESCRIPTION', value: told },
    ],
    names,
  )
}
