import { text } from '../parameter.ts'
import { defineTool, failed, succeeded } from '../tool.ts'

export const deleteUser = defineTool({
  name: 'delete_user',
  title: 'Delete a user',
  description:
    'Removes a person from the made-up directory, for good until the demo server starts again.' +
    ' This is the kind of tool that a policy should deny or ask about.',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: false,
  },
  parameters: { id: text('The id of the user', { maxLength: 40, example: '7' }) },
  run: ({ id }, { world, log }) => {
    const person = world.directory.find(id)
    if (person === undefined) return failed(`No user has the id ${JSON.stringify(id)}.`)
    world.directory.remove(id)
    log('warning', `Deleted user ${id}`)
    return succeeded(`Deleted ${person.name} (id ${id}).`)
  },
})
