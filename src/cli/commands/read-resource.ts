import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { attachments, resourceText } from '../content.ts'
import { entriesOf } from '../tools.ts'

export const readResource = defineCommand({
  name: 'read-resource',
  summary: 'Reads one resource of a server',
  positionals: [
    { name: 'SERVER', help: 'as list-servers shows it', completes: 'server' },
    { name: 'URI', help: 'as list-resources shows it' },
  ],
  flags: { 'save-dir': { value: 'DIR', help: 'save what is no text here' } },
  examples: ['datacline read-resource demo demo://docs/welcome'],
  exits: ['policy_denied', 'auth', 'upstream_unreachable', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const [server = '', uri = ''] = call.positionals
    const client = await connect(call)
    const body = await client.readResource(server, uri)
    const name = uri.split('/').at(-1) ?? 'resource'
    const attached = attachments(call, call.flags['save-dir'], name)
    const texts: string[] = []
    for (const entry of entriesOf(body, 'contents')) texts.push(await resourceText(entry, attached))
    call.output.result(body, () => texts.map(withLineEnd).join(''))
    return 'ok'
  },
})

const withLineEnd = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)
