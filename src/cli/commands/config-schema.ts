import { policySchema } from '../../compose/policy-check.ts'
import { ServersDocument } from '../../config/servers-schema.ts'
import { defineCommand } from '../command.ts'
import { CliFault } from '../failure.ts'

const SCHEMAS: ReadonlyMap<string, Readonly<{ title: string; schema: object }>> = new Map([
  ['servers', { title: 'mcp_servers.yaml of datacline', schema: ServersDocument }],
  ['policy', { title: 'policies/policy.yaml of datacline', schema: policySchema }],
])

export const configSchema = defineCommand({
  name: 'config schema',
  summary: 'Prints the JSON Schema of a configuration file, for editors',
  positionals: [{ name: 'FILE', help: 'servers or policy', choices: [...SCHEMAS.keys()] }],
  flags: {},
  examples: ['datacline config schema servers > servers.schema.json'],
  exits: [],
  run: async ({ positionals, output }) => {
    const [name = ''] = positionals
    const found = SCHEMAS.get(name)
    if (found === undefined) {
      const known = [...SCHEMAS.keys()].join(' and ')
      throw new CliFault('usage', `no schema ${JSON.stringify(name)}; there are ${known}`)
    }
    const { title, schema } = found
    const document = { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...schema }
    output.result(document, () => `${JSON.stringify(document, null, 2)}\n`)
    return 'ok'
  },
})
