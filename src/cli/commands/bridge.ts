import type { Send } from '../../client/ask-server.ts'
import { createStdioBridge, openSend } from '../../client.ts'
import { createLineSplitter } from '../../lib/line-splitter.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { reachGateway, readToken, tokenTakesStdin } from '../connection.ts'
import { CliFault } from '../failure.ts'

const FLAGS = {
  server: { value: 'SERVER', help: 'one server alone; without it, every server as one' },
} as const satisfies Flags

type BridgeCall = Call<typeof FLAGS>

/** The longest message that a client may write, in bytes. */
const MAX_LINE = 64 * 1024 * 1024
/** Milliseconds in which answers may still arrive after the client's last word. */
const GRACE = 500

/** `datacline bridge`: for clients that can only spawn a command. */
export const bridge = defineCommand({
  name: 'bridge',
  summary: 'Connects a client that can only spawn a command with the gateway',
  about:
    'Speaks MCP over standard input and output, of both eras, and carries it to a running gateway, or ' +
    'with --local to one inside this program. Standard output holds MCP messages and nothing else. ' +
    'While the gateway is away, each request is answered with an error that says so; when it is back, ' +
    'everything goes on. Ends when standard input does.',
  flags: FLAGS,
  examples: [
    'datacline bridge',
    'datacline bridge --server demo',
    'datacline bridge --server demo --gateway http://127.0.0.1:8000 --token-file token.txt',
    'datacline bridge --server demo --local --no-auth',
  ],
  exits: ['cannot_start'],
  run: async (call) => {
    const { around, output } = call
    if (tokenTakesStdin(call)) {
      throw new CliFault(
        'usage',
        'standard input is the client; the token must come from elsewhere',
      )
    }
    const over = createStdioBridge({
      send: await openGateway(call),
      path: pathOf(call),
      write: (line) => around.stdout.write(`${line}\n`),
      note: (sentence) => output.note(`datacline bridge: ${sentence}`),
    })
    const lines = createLineSplitter(
      MAX_LINE,
      (line) => over.take(new TextDecoder().decode(line)),
      () => output.note(`datacline bridge: a message of more than ${MAX_LINE} bytes was dropped`),
    )
    const stopped = around.stopped(() => around.exit(0))
    await Promise.race([readAll(call, lines), stopped])
    await over.end(GRACE)
    return 'ok'
  },
})

const readAll = async ({ around }: BridgeCall, lines: ReturnType<typeof createLineSplitter>) => {
  for await (const piece of around.stdin.pieces()) lines.push(piece)
  lines.end()
}

/** A gateway that starts again may listen elsewhere: where it is, is asked for each message. */
const openGateway = async (call: BridgeCall): Promise<Send> => {
  const token = await readToken(call)
  const open = async () => openSend({ ...(await reachGateway(call)), token })
  // What can never be right is said at once.
  await open()
  return async (path, init) => (await open()).send(path, init)
}

const pathOf = ({ flags }: BridgeCall): string =>
  flags.server === undefined ? '/mcp' : `/servers/${encodeURIComponent(flags.server)}/mcp`
