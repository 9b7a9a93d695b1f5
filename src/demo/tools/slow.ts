import { number } from '../parameter.ts'
import { defineTool, succeeded } from '../tool.ts'

const LONGEST = 30
const STEP = 0.5

export const slow = defineTool({
  name: 'slow',
  title: 'Wait',
  description: `Waits for up to ${LONGEST} seconds, reporting progress twice a second. Can be cancelled.`,
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  parameters: { seconds: number('How long to wait, in seconds', { minimum: 0, maximum: LONGEST }) },
  run: async ({ seconds }, { world, signal, progress }) => {
    let waited = 0
    while (waited < seconds) {
      const next = Math.min(waited + STEP, seconds)
      await world.sleep((next - waited) * 1000, signal)
      signal.throwIfAborted()
      waited = next
      progress(waited, seconds, `Waited ${waited} of ${seconds} seconds`)
    }
    return succeeded(`Waited ${seconds} seconds.`)
  },
})
