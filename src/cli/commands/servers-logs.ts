import { printable } from '../../core/printable.ts'
import { defineCommand } from '../command.ts'
import { connectAsOperator } from '../operator.ts'

export const serversLogs = defineCommand({
  name: 'servers logs',
  summary: 'Shows what a stdio server last wrote to standard error',
  about:
    'The gateway keeps the last 200 lines of each, with secrets masked. Needs the permission\ngateway:observe, or to be on the machine of the gateway.',
  positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
  flags: {},
  examples: ['datacline servers logs files', 'datacline servers logs files -o ndjson'],
  exits: ['policy_denied', 'auth', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const { positionals, output } = call
    const [name = ''] = positionals
    const client = await connectAsOperator(call)
    const path = `/admin/servers/${encodeURIComponent(name)}/logs`
    const body = await client.request('GET', path)
    const lines = Array.isArray(body.lines) ? body.lines.map(String) : []
    if (output.format === 'ndjson') for (const line of lines) output.result(line, () => '')
    else output.result(body, () => lines.map((line) => `${printable(line)}\n`).join(''))
    if (typeof body.problem === 'string') output.note(body.problem)
    else if (lines.length === 0) output.note(`${name} has written nothing to standard error`)
    return 'ok'
  },
})
