import { text } from '../parameter.ts'
import { defineTool, failed, structured } from '../tool.ts'

const line = { type: 'string' }

export const getUser = defineTool({
  name: 'get_user',
  title: 'Look up a user',
  description:
    'Looks a person up in a small made-up directory by id. Ids are "1" to "7" unless one was deleted.',
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  parameters: { id: text('The id of the user', { maxLength: 40, example: '3' }) },
  outputSchema: {
    type: 'object',
    properties: { id: line, name: line, email: line, role: line, team: line },
    required: ['id', 'name', 'email', 'role', 'team'],
    additionalProperties: false,
  },
  run: ({ id }, { world }) => {
    const person = world.directory.find(id)
    if (person !== undefined) return structured({ ...person })
    const known = world.directory.all().map((entry) => entry.id)
    return failed(`No user has the id ${JSON.stringify(id)}. Known ids: ${known.join(', ')}.`)
  },
})
