import { number } from '../parameter.ts'
import { defineTool, failed, structured } from '../tool.ts'

export const add = defineTool({
  name: 'add',
  title: 'Add two numbers',
  description: 'Adds two numbers and gives their sum as structured content.',
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  parameters: { a: number('The first number'), b: number('The second number') },
  outputSchema: {
    type: 'object',
    properties: { sum: { type: 'number', description: 'a + b' } },
    required: ['sum'],
    additionalProperties: false,
  },
  run: ({ a, b }) => {
    const sum = a + b
    // JSON has no infinity: it would arrive as null, against our own output schema.
    return Number.isFinite(sum)
      ? structured({ sum })
      : failed('The sum is too large to write down.')
  },
})
