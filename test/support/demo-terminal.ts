import { closedAfter } from './closing.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { onScreen, type ScreenTerminal } from './screen.ts'

export type DemoTerminals = Readonly<{
  /** Called after each test, the last first. */
  closing: (() => unknown)[]
  /** A gateway with the embedded demo, which lets everybody of this machine in. */
  gateway: (options?: Parameters<typeof startGateway>[0]) => Promise<Gateway>
  /** The program on a terminal, gone after the test. */
  open: (...given: Parameters<typeof onScreen>) => ScreenTerminal
}>

/**
 * Gateways and terminals that end with the test that opened them.
 *
 * @param ending what ends the program; it may be stopped where nothing else gets through to it
 */
export const demoTerminals = (
  afterEach: Parameters<typeof closedAfter>[0],
  ending: NodeJS.Signals = 'SIGKILL',
): DemoTerminals => {
  const closing = closedAfter(afterEach, 30_000)
  return {
    closing,
    gateway: async (options) => {
      const started = await startGateway({ args: ['--no-auth', '--demo'], ...options })
      closing.push(() => started.close())
      return started
    },
    open: (...given) => {
      const opened = onScreen(...given)
      closing.push(async () => {
        opened.kill(ending)
        await opened.ended
      })
      return opened
    },
  }
}

/** Calls a tool of the demo over REST. @returns the status of HTTP */
export const callDemo = async (
  url: string,
  tool: string,
  parameters: unknown = {},
): Promise<number> => {
  const response = await fetch(`${url}/mcp/invoke?mcp_server=demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tool_name: tool, parameters }),
  })
  await response.text()
  return response.status
}
