import { type Client, ClientFault } from '../../client.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import { RPC } from '../../core/protocol.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { type Attachments, attachments, contentText } from '../content.ts'
import { CliFault } from '../failure.ts'
import { readParameters } from '../parameters/read.ts'
import { entriesOf } from '../tools.ts'

/** Prompts take texts and nothing else (MCP, prompts). */
const SCHEMA = { type: 'object', additionalProperties: { type: 'string' } }

export const getPrompt = defineCommand({
  name: 'get-prompt',
  summary: 'Shows one prompt of a server, filled in',
  positionals: [
    { name: 'SERVER', help: 'as list-servers shows it', completes: 'server' },
    { name: 'PROMPT', help: 'as list-prompts shows it' },
    { name: 'ARGUMENT', help: 'key=value, key=@file', optional: true, many: true },
  ],
  flags: {
    params: { value: 'JSON', short: 'p', help: 'a JSON object; - reads standard input' },
    'params-file': { value: 'FILE', help: 'a file with a JSON object; - reads standard input' },
  },
  examples: ['datacline get-prompt demo welcome_email id=1 tone=formal'],
  exits: [
    'tool_error',
    'policy_denied',
    'auth',
    'upstream_unreachable',
    'gateway_unreachable',
    'not_found',
  ],
  run: async (call) => {
    const { flags, output, positionals } = call
    const [server = '', name = '', ...words] = positionals
    const sources = { params: flags.params, paramsFile: flags['params-file'], words }
    const given = await readParameters(sources, SCHEMA, call, output)
    const client = await connect(call)
    const prompt = await promptOf(client, server, name, given)
    const { messages, description } = prompt
    const told = description === undefined ? {} : { description }
    const body = { mcp_server: server, name, messages, ...told }
    const text = await messagesText(body, attachments(call, undefined, name))
    output.result(body, () => text)
    return 'ok'
  },
})

/** Servers answer an unknown name and a wrong argument with one code (MCP, prompts): the list tells. */
const promptOf = async (client: Client, server: string, name: string, given: JsonObject) => {
  try {
    return await client.ask(server, 'prompts/get', { name, arguments: given })
  } catch (cause) {
    if (!(cause instanceof ClientFault) || cause.details.rpcCode !== RPC.invalidParams) throw cause
    const names = entriesOf(await client.list('prompts', server), 'prompts').map(
      (each) => each.name,
    )
    if (cause.kind === 'refused' || names.includes(name)) throw cause
    throw new CliFault('not_found', `${server} has no prompt ${JSON.stringify(name)}`, {
      hint: `datacline list-prompts ${server}`,
      cause,
    })
  }
}

const messagesText = async (body: JsonObject, attached: Attachments): Promise<string> => {
  const texts: string[] = []
  for (const { role, content } of entriesOf(body, 'messages')) {
    const shown = await contentText(isObject(content) ? [content] : content, attached)
    texts.push(`${printable(String(role))}:\n${shown}`)
  }
  return texts.join('\n')
}
