import type { JsonObject } from '../../core/json-rpc.ts'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import {
  listOutput,
  PROMPT_COLUMNS,
  RESOURCE_COLUMNS,
  SIGNATURE_COLUMNS,
  TOOL_COLUMNS,
} from '../lists.ts'
import type { Column } from '../table.ts'

const FORMAT = { value: 'FORMAT', choices: ['table', 'json'], help: 'table or json' } as const

/** `list-tools`, `list-resources` and `list-prompts` differ in a word and in their columns. */
const listing = (
  kind: 'tools' | 'resources' | 'prompts',
  verb: string,
  columns: readonly Column<JsonObject>[],
): Command =>
  defineCommand({
    name: `list-${kind}`,
    summary: `Lists the ${kind} of a server that you may ${verb}`,
    positionals: [{ name: 'SERVER', help: 'as list-servers shows it', completes: 'server' }],
    flags: {
      format: FORMAT,
      ...(kind === 'tools' && { schema: { help: 'show the parameters of each tool' } }),
    },
    examples: [`datacline list-${kind} demo`, `datacline list-${kind} demo --json`],
    exits: ['policy_denied', 'auth', 'upstream_unreachable', 'gateway_unreachable', 'not_found'],
    run: async (call) => {
      const [server = ''] = call.positionals
      const client = await connect(call)
      const flags: Readonly<Record<string, unknown>> = call.flags
      const shown = flags.schema === true ? SIGNATURE_COLUMNS : columns
      listOutput(call).list(await client.list(kind, server), kind, shown)
      return 'ok'
    },
  })

export const listTools = listing('tools', 'use', TOOL_COLUMNS)
export const listResources = listing('resources', 'read', RESOURCE_COLUMNS)
export const listPrompts = listing('prompts', 'use', PROMPT_COLUMNS)
