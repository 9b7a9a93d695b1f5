import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Demo, openDemo } from '../../compose/demo.ts'
import { GatewayCannotStart } from '../../compose/start-gateway.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { asUsage } from '../configuration.ts'
import { runAgent } from '../demo/agent.ts'
import { DEMO_POLICY } from '../demo/policy.ts'
import { dana } from '../demo/script.ts'
import { eventLine } from '../event-line.ts'
import { CliFault } from '../failure.ts'
import { createLines, type Lines } from '../lines.ts'
import { LOOKS, screenArguments } from '../screen-flags.ts'
import { showScreen, wantsScreen } from '../show-screen.ts'
import { VERSION } from '../version.ts'

const FLAGS = {
  'no-tui': { help: 'plain lines on a terminal too (DATACLINE_UI=plain)' },
  ...LOOKS,
  calls: { value: 'N', help: 'end after so many calls; without it, when it is told to' },
  speed: { value: 'TIMES', help: 'how much faster than people like to read (1)' },
  port: { value: 'PORT', help: 'port to listen on; a free one by default' },
} as const satisfies Flags

type DemoCall = Call<typeof FLAGS>

/** Milliseconds between two calls: slow enough to be read. */
const PAUSE = 800

export const demo = defineCommand({
  name: 'demo',
  summary: 'Shows the gateway at work, with made-up callers and servers',
  about:
    'Starts a gateway in a temporary directory, with an issuer, a server, a policy and callers of its own.\nNothing leaves this machine, nothing is left behind.',
  flags: FLAGS,
  examples: ['datacline demo', 'datacline demo --no-tui --calls 20'],
  exits: ['cannot_start'],
  run: async (call) => {
    const { around, flags, output } = call
    const calls = positive(flags.calls, '--calls', Number.POSITIVE_INFINITY)
    const pause = PAUSE / positive(flags.speed, '--speed', 1)
    const end = new AbortController()
    const lines = createLines()
    let abandon = () => {}
    const stopped = untilStopped(call, () => abandon())
    void stopped.then(() => end.abort())
    const opened = await open(call, lines)
    abandon = opened.gateway.abandon
    try {
      if (end.signal.aborted) return 'ok'
      output.note(greeting(opened))
      const acting = runAgent({ demo: opened, calls, pause, signal: end.signal })
      if (output.forPeople && wantsScreen(around, flags)) {
        const looks = screenArguments({ ...flags, config: opened.directory })
        const caller = await callerToken(opened)
        const args = [...looks, '--guide', '--caller-token-file', caller]
        await showScreen(around, args, lines, stopped)
      } else await Promise.race([stopped, acting])
      end.abort()
      await acting
    } finally {
      await opened.close()
    }
    output.note(FAREWELL)
    return 'ok'
  },
})

/** A number above 0. @throws CliFault `usage` */
const positive = (text: string | undefined, flag: string, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text)
  if (value > 0) return value
  throw new CliFault('usage', `${flag}: expected a number above 0, got ${JSON.stringify(text)}`)
}

/** The file of the token with which the screen calls; the token that watches opens no server. */
const callerToken = async ({ directory, token }: Demo): Promise<string> => {
  const path = join(directory, 'caller.token')
  await writeFile(path, await token(dana, 'lasting'), { mode: 0o600 })
  return path
}

/** A terminal that was closed ends the demo too: nothing may be left behind. */
const untilStopped = ({ around }: DemoCall, again: () => void): Promise<void> =>
  new Promise((resolve) => {
    void around.stopped(again).then(() => resolve())
    around.onReopen(resolve)
  })

const open = async ({ around, output, flags }: DemoCall, lines: Lines): Promise<Demo> => {
  const { stdout, now } = around
  const colour = output.paint('id', 'x') !== 'x'
  try {
    return await openDemo({
      temporary: tmpdir(),
      port: flags.port ?? '0',
      policy: DEMO_POLICY,
      version: VERSION,
      now,
      onEvent: (event) => {
        if (!output.forPeople || lines.isHeld()) return
        const line = eventLine(event, colour)
        if (line !== undefined) stdout.write(`${line}\n`)
      },
      lines: output.forPeople ? undefined : stdout.stream,
    })
  } catch (cause) {
    if (!(cause instanceof GatewayCannotStart)) throw asUsage(cause)
    throw new CliFault('cannot_start', cause.message, { cause })
  }
}

const greeting = ({ gateway, directory }: Demo): string =>
  [
    'DEMO: made-up callers, a made-up server; nothing leaves this machine',
    `  gateway  ${gateway.url}`,
    `  policy   ${directory}/policies/policy.yaml, in force as soon as it is changed`,
  ].join('\n')

const FAREWELL = `the demo is over, nothing of it is left. What comes next:
  datacline serve --no-auth --demo
  datacline register-mcp NAME https://mcp.example.com/mcp
  datacline doctor`
