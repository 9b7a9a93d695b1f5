import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../lib/printable.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { contentText, saveNothing } from '../content.ts'
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
    const { messages, description } = await client.ask(server, 'prompts/get', {
      name,
      arguments: given,
    })
    const body = {
      mcp_server: server,
      name,
      messages,
      ...(description !== undefined && { description }),
    }
    const text = await messagesText(body)
    output.result(body, () => text)
    return 'ok'
  },
})

const messagesText = async (body: JsonObject): Promise<string> => {
  const texts: string[] = []
  for (const { role, content } of entriesOf(body, 'messages')) {
    const shown = await contentText(isObject(content) ? [content] : content, saveNothing)
    texts.push(`${printable(String(role))}:\n${shown}`)
  }
  return texts.join('\n')
}
