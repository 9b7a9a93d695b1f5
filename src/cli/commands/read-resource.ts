import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { resourceText, saveInto, saveNothing } from '../content.ts'
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
    const directory = call.flags['save-dir']
    const client = await connect(call)
    const body = await client.readResource(server, uri)
    const name = uri.split('/').at(-1) ?? 'resource'
    const save = directory === undefined ? saveNothing : saveInto(call.around, directory, name)
    const texts: string[] = []
    for (const entry of entriesOf(body, 'contents')) texts.push(await resourceText(entry, save))
    call.output.result(body, () => texts.map(withLineEnd).join(''))
    return 'ok'
  },
})

const withLineEnd = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)
