/**
 * A small stdio MCP server of both eras, run with `process.execPath`. Tools: `echo` (its arguments),
 * `wait` ({ms}), `pid`, `environment`, `progress` ({steps}), `exit` ({code}), `garbage`, `huge`
 * ({bytes}), `silent` (never answers; remembers what was cancelled), `cancelled` (those it remembers),
 * `ask` (a server request of the legacy era), `announce` (a notification that names no request),
 * `spawn` (starts a child that ignores SIGTERM and holds on), `lines` (how many lines it has read).
 * Arguments: `--modern-only`, `--legacy-only`, `--exit-on-unknown`, `--crash`, `--stubborn`.
 */
type Json = Record<string, unknown>

const flags = new Set(process.argv.slice(2))
const META = 'io.modelcontextprotocol/'
const cancelled: unknown[] = []
const asked = new Map<unknown, unknown>()
let lines = 0

const send = (message: Json) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (value: unknown) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
})

const progress = async (args: Json, token: unknown) => {
  for (let step = 1; step <= Number(args.steps); step++) {
    send({ method: 'notifications/progress', params: { progressToken: token, progress: step } })
    await Bun.sleep(2)
  }
  return text('done')
}
const spawn = () => {
  const child = Bun.spawn(['sh', '-c', 'trap "" TERM; sleep 30 & wait; sleep 30'], {
    stdin: 'ignore',
  })
  return text({ pid: child.pid })
}

type Tool = (args: Json, id: unknown, token: unknown) => unknown
const tools: Record<string, Tool> = {
  echo: (args) => text(args),
  wait: async (args) => {
    await Bun.sleep(Number(args.ms))
    return text(args)
  },
  pid: () => text(process.pid),
  environment: () => text(process.env),
  progress: (args, _id, token) => progress(args, token),
  exit: (args) => process.exit(Number(args.code ?? 1)),
  garbage: (args) => {
    process.stdout.write('this is no JSON\n\n[1,2]\n{"jsonrpc":"2.0","id":12345,"result":{}}\n')
    return text(args)
  },
  huge: (args) => text('x'.repeat(Number(args.bytes))),
  silent: () => undefined,
  cancelled: () => text(cancelled),
  announce: (args) => {
    send({ method: 'notifications/message', params: { level: 'info', data: args.note } })
    return text('announced')
  },
  changed: () => {
    send({ method: 'notifications/tools/list_changed' })
    return text('changed')
  },
  spawn,
  lines: () => text(lines),
  ask: (_args, id) => {
    asked.set('question', id)
    send({ id: 'question', method: 'elicitation/create', params: { message: 'Sure?' } })
  },
}

const modernOnly: Record<string, (params: Json, id: unknown) => unknown> = {
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }),
  'subscriptions/listen': (_params, id) => {
    const params = { notifications: {}, _meta: { [`${META}subscriptionId`]: id } }
    send({ method: 'notifications/subscriptions/acknowledged', params })
  },
}
const legacyOnly: typeof modernOnly = {
  initialize: (params) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: {} },
  }),
  ping: () => ({}),
}

const call = (params: Json, id: unknown) => {
  const tool = tools[String(params.name)]
  const meta = (params._meta ?? {}) as Json
  return tool?.((params.arguments ?? {}) as Json, id, meta.progressToken)
}
const methods = {
  ...(flags.has('--legacy-only') ? {} : modernOnly),
  ...(flags.has('--modern-only') ? {} : legacyOnly),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: {} })) }),
  'tools/call': call,
}

const answer = async (message: Json): Promise<void> => {
  const { id, method } = message
  const row = methods[method as keyof typeof methods]
  if (row === undefined && flags.has('--exit-on-unknown')) process.exit(3)
  if (row === undefined) {
    send({ id, error: { code: -32601, message: 'Method not found' } })
    return
  }
  const result = await row((message.params ?? {}) as Json, id)
  if (result !== undefined) send({ id, result })
}

const receive = async (message: Json): Promise<void> => {
  if (message.method === 'notifications/cancelled') {
    cancelled.push((message.params as Json).requestId)
    return
  }
  if (typeof message.method === 'string' && message.id !== undefined) return answer(message)
  if (message.id === 'question') send({ id: asked.get('question'), result: text(message.result) })
}

if (flags.has('--crash')) process.exit(7)
if (flags.has('--stubborn')) process.on('SIGTERM', () => undefined)
console.error('started')
for await (const line of console) {
  lines++
  void receive(JSON.parse(line))
}
// A stubborn server outlives the end of its input.
if (flags.has('--stubborn')) setInterval(() => undefined, 1000)
