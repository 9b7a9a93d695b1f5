import {
  GatewayCannotStart,
  type RunningGateway,
  startGateway,
} from '../../compose/start-gateway.ts'
import { findDirectory } from '../../config/directory.ts'
import { readDotenv } from '../../config/dotenv.ts'
import { assertServable, type Flags, resolveSettings } from '../../config/settings.ts'
import { SettingsFault } from '../../config/settings-fault.ts'
import { YamlFault } from '../../lib/yaml.ts'
import type { Command, Given } from '../command.ts'
import { UsageFault } from '../command.ts'
import { eventLine } from '../event-line.ts'
import { EXIT } from '../exit-codes.ts'
import type { Surroundings } from '../surroundings.ts'
import { VERSION } from '../version.ts'

/** `datacline serve`: the gateway, until it is told to stop. */
export const serve: Command = {
  name: 'serve',
  summary: 'Starts the gateway',
  usage: 'serve [--host HOST] [--port PORT] [--no-auth] [--demo] [--config DIR]',
  flags: {
    host: { value: 'HOST', help: 'address to listen on (127.0.0.1)' },
    port: { value: 'PORT', help: 'port to listen on (8000); 0 takes a free one' },
    auth: { help: 'callers must present a token (the default)' },
    'no-auth': { help: 'development: local callers need no token' },
    'no-auth-network': { help: 'with --no-auth: callers from other machines need none either' },
    config: { value: 'DIR', help: 'where mcp_servers.yaml and policies/ are' },
    demo: { help: 'also serve the embedded demo server' },
    reload: { help: 'accepted; configuration is always watched' },
  },
  examples: [
    'datacline serve --no-auth --demo',
    'datacline serve --host 0.0.0.0 --port 8000 --no-auth',
    'KEYCLOAK_URL=http://localhost:8080 datacline serve',
  ],
  run: async (given, around) => {
    try {
      const gateway = await start(given, around)
      await around.stopped(() => gateway.abandon())
      around.stderr.write('stopping: no new calls, those in flight may finish\n')
      await gateway.stop()
      return EXIT.ok
    } catch (cause) {
      return failure(cause, around)
    }
  },
}

const start = async (given: Given, around: Surroundings): Promise<RunningGateway> => {
  if (given.positionals.length > 0) {
    throw new UsageFault(`datacline serve: unexpected ${JSON.stringify(given.positionals[0])}`)
  }
  const { environment, stderr, stdout } = around
  const { directory, stateDirectory } = findDirectory({
    flag: typeof given.flags.config === 'string' ? given.flags.config : undefined,
    environment,
    workingDirectory: around.workingDirectory,
    home: around.home,
  })
  const dotenv = readDotenv(directory)
  const settings = resolveSettings({ flags: toFlags(given), environment, dotenv, directory })
  assertServable(settings)
  const gateway = await startGateway({
    settings,
    dotenv,
    environment,
    stateDirectory,
    version: VERSION,
    userId: process.getuid?.(),
    notice: (sentence) => stderr.write(`${sentence}\n`),
    onEvent: (event) => {
      if (!stdout.isTerminal) return
      const line = eventLine(event, environment.NO_COLOR === undefined)
      if (line !== undefined) stdout.write(`${line}\n`)
    },
    lines: stdout.isTerminal ? undefined : stdout.stream,
  })
  around.onReopen(gateway.reopen)
  stderr.write(greeting(gateway))
  return gateway
}

const toFlags = ({ flags }: Given): Flags => {
  if (flags.auth === true && flags['no-auth'] === true) {
    throw new UsageFault('datacline serve: --auth and --no-auth contradict each other')
  }
  const auth = flags['no-auth'] === true ? false : flags.auth
  return {
    host: flags.host,
    port: flags.port,
    authEnabled: auth,
    noAuthNetwork: flags['no-auth-network'],
    demo: flags.demo,
    reload: flags.reload,
  }
}

const greeting = ({ url, servers, developmentToken }: RunningGateway): string => {
  const lines = [`datacline ${VERSION} listening on ${url}`]
  const [first] = servers
  for (const name of servers) lines.push(`  MCP    ${url}/servers/${name}/mcp`)
  lines.push(`  API    ${url}/docs`)
  if (developmentToken !== undefined) {
    lines.push(`  callers from elsewhere present: Authorization: Bearer ${developmentToken}`)
  }
  if (first === 'demo') {
    const call = (tool: string, parameters: string) =>
      `curl '${url}/mcp/invoke?mcp_server=demo' -H 'Content-Type: application/json' -d '{"tool_name":"${tool}","parameters":${parameters}}'`
    lines.push('Try a call that is permitted, and one that is not:')
    lines.push(`  ${call('add', '{"a":2,"b":3}')}`)
    lines.push(`  ${call('delete_user', '{"id":"1"}')}`)
  }
  return `${lines.join('\n')}\n`
}

/** One line that says where and what next; anything unforeseen goes on as it is. */
const failure = (cause: unknown, around: Surroundings): number => {
  if (cause instanceof SettingsFault || cause instanceof YamlFault) {
    around.stderr.write(`${cause.message}\n`)
    return EXIT.usage
  }
  if (!(cause instanceof GatewayCannotStart)) throw cause
  around.stderr.write(`${cause.message}\n`)
  return EXIT.unavailable
}
