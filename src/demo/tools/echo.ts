import { text } from '../parameter.ts'
import { defineTool, succeeded } from '../tool.ts'

export const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'Gives back the text it was given. Useful to see whether calls arrive at all.',
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  parameters: { text: text('What to give back', { maxLength: 100_000, example: 'hello' }) },
  run: (given) => succeeded(given.text),
})
