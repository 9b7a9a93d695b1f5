import { defineTool, failed, succeeded } from '../tool.ts'

export const flaky = defineTool({
  name: 'flaky',
  title: 'Fail every second time',
  description: 'Succeeds and fails in turn, so that errors can be seen. A second attempt succeeds.',
  annotations: {
    readOnlyHint: true,
    idempotentHint: false,
    openWorldHint: false,
  },
  parameters: {},
  run: (_given, { world, log }) => {
    const attempt = world.nextAttempt()
    if (attempt % 2 === 1) return succeeded(`Attempt ${attempt} went well.`)
    log('error', `Attempt ${attempt} failed`)
    return failed(`Attempt ${attempt} failed, as every second one does. Try again.`)
  },
})
