import {
  GatewayCannotStart,
  type RunningGateway,
  startGateway,
} from '../../compose/start-gateway.ts'
import { assertServable, type Flags as SettingsFlags } from '../../config/settings.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { asUsage, openConfiguration } from '../configuration.ts'
import { eventLine } from '../event-line.ts'
import { CliFault } from '../failure.ts'
import { createLines, type Lines } from '../lines.ts'
import { LOOKS, screenArguments } from '../screen-flags.ts'
import { showScreen, wantsScreen } from '../show-screen.ts'
import type { Surroundings } from '../surroundings.ts'
import { printableText } from '../text.ts'
import { VERSION } from '../version.ts'

const FLAGS = {
  host: { value: 'HOST', help: 'address to listen on (127.0.0.1)' },
  port: { value: 'PORT', help: 'port to listen on (8000); 0 takes a free one' },
  auth: { help: 'callers must present a token (the default)' },
  'no-auth': { help: 'development: local callers need no token' },
  'no-auth-network': { help: 'with --no-auth: callers from other machines need none either' },
  demo: { help: 'also serve the embedded demo server' },
  'no-tui': { help: 'plain lines on a terminal too (DATACLINE_UI=plain)' },
  ...LOOKS,
  reload: { help: 'accepted; configuration is always watched' },
} as const satisfies Flags

type ServeCall = Call<typeof FLAGS>

/** `datacline serve`: the gateway, until it is told to stop. */
export const serve = defineCommand({
  name: 'serve',
  summary: 'Starts the gateway',
  flags: FLAGS,
  examples: [
    'datacline serve --no-auth --demo',
    'datacline serve --host 0.0.0.0 --port 8000 --no-auth',
    'KEYCLOAK_URL=http://localhost:8080 datacline serve',
  ],
  exits: ['cannot_start'],
  run: async (call) => {
    const { around } = call
    const lines = createLines()
    try {
      const gateway = await start(call, lines)
      const isShown = wantsScreen(around, call.flags)
      const stopped = Promise.race([
        around.stopped(() => gateway.abandon()),
        hungUp(around, isShown, gateway.reopen),
      ])
      if (isShown) {
        await showScreen(around, screenArguments(call.flags), lines, stopped)
      } else await stopped
      around.stderr.write('stopping: no new calls, those in flight may finish\n')
      await gateway.stop()
      return 'ok'
    } catch (cause) {
      throw toFault(cause)
    }
  },
})

/**
 * Resolves when the terminal that shows the screen is closed. Without a screen (nohup, `--no-tui`) the
 * gateway outlives its terminal, and SIGHUP says what it says to servers: open the record's files anew.
 */
const hungUp = (around: Surroundings, isShown: boolean, reopen: () => void): Promise<void> =>
  new Promise((resolve) => {
    around.onReopen(() => (isShown && around.stdin.isClosed() ? resolve() : reopen()))
  })

const start = async ({ flags, around }: ServeCall, lines: Lines): Promise<RunningGateway> => {
  const { environment, stderr, stdout } = around
  const configuration = openConfiguration(around, flags.config, toSettings(flags))
  const { settings, dotenv, stateDirectory } = configuration
  assertServable(settings)
  const gateway = await startGateway({
    settings,
    dotenv,
    environment,
    stateDirectory,
    version: VERSION,
    userId: process.getuid?.(),
    notice: (sentence) => lines.write(stderr, `${printableText(sentence)}\n`),
    onEvent: (event) => {
      if (!stdout.isTerminal || lines.isHeld()) return
      const line = eventLine(event, environment.NO_COLOR === undefined)
      if (line !== undefined) stdout.write(`${line}\n`)
    },
    lines: stdout.isTerminal ? undefined : stdout.stream,
  })
  stderr.write(printableText(greeting(gateway)))
  return gateway
}

/** A switch that was not given says nothing, so that the environment may. */
const toSettings = (flags: ServeCall['flags']): SettingsFlags => {
  if (flags.auth && flags['no-auth']) {
    throw new CliFault('usage', '--auth and --no-auth contradict each other')
  }
  return {
    host: flags.host,
    port: flags.port,
    authEnabled: flags['no-auth'] ? false : flags.auth || undefined,
    noAuthNetwork: flags['no-auth-network'] || undefined,
    demo: flags.demo || undefined,
    reload: flags.reload || undefined,
  }
}

const greeting = ({ url, servers, developmentToken, hasPolicyFile }: RunningGateway): string => {
  const lines = [`datacline ${VERSION} listening on ${url}`]
  const [first] = servers
  for (const name of servers) lines.push(`  MCP    ${url}/servers/${name}/mcp`)
  lines.push(`  API    ${url}/docs`)
  if (developmentToken !== undefined) {
    lines.push(`  callers from elsewhere present: Authorization: Bearer ${developmentToken}`)
  }
  // With authentication on, these calls would need a token that nobody has yet.
  if (first === 'demo' && developmentToken !== undefined) {
    const call = (tool: string, parameters: string) =>
      `curl '${url}/mcp/invoke?mcp_server=demo' -H 'Content-Type: application/json' -d '{"tool_name":"${tool}","parameters":${parameters}}'`
    lines.push('Try a call:', `  ${call('add', '{"a":2,"b":3}')}`)
    if (hasPolicyFile) {
      lines.push('and one that a policy may well deny:', `  ${call('delete_user', '{"id":"1"}')}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** What keeps a gateway from starting is foreseen; anything else goes on as it is. */
const toFault = (cause: unknown): unknown =>
  cause instanceof GatewayCannotStart
    ? new CliFault('cannot_start', cause.message, { cause })
    : asUsage(cause)
