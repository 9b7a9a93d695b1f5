import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { listOutput, SERVER_COLUMNS } from '../lists.ts'

export const listServers = defineCommand({
  name: 'list-servers',
  summary: 'Lists the servers that you may use',
  flags: { format: { value: 'FORMAT', choices: ['table', 'json'], help: 'table or json' } },
  examples: ['datacline list-servers', 'datacline list-servers --json --fields name,enabled'],
  exits: ['policy_denied', 'auth', 'gateway_unreachable'],
  run: async (call) => {
    const client = await connect(call)
    const body = await client.servers()
    listOutput(call).list(body, 'servers', SERVER_COLUMNS)
    return 'ok'
  },
})
