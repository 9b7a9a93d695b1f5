/**
 * An MCP server of the legacy era that says bad things wherever it says anything: its name, its tools,
 * resources and prompts, what they answer, how they fail, what they log. Run as a program it is a stdio
 * server, which also writes to standard error; `startHostileServer` gives it behind a URL.
 *
 * Tools: `say` ({at}) answers with one text of the list, everywhere in its result; `fail` says that it
 * failed; `refuse` is a JSON-RPC error; `long` ({length}) one line; `deep` ({depth}) nested lists;
 * `broken` bytes that are no UTF-8; `progress` tells before it answers.
 */
import { isObject, type JsonObject } from '../../src/core/json-rpc.ts'
import { NAUGHTY } from './naughty.ts'

/** Without towers and lengths: a listing holds them all. */
const SHORT = NAUGHTY.filter(({ length }) => length < 200)
const at = (number: number): string => SHORT[number % SHORT.length] ?? ''
const own = Object.fromEntries(SHORT.map((text, number) => [`${text}${number}`, text]))

const schemaOf = (number: number): JsonObject => ({
  type: 'object',
  title: at(number),
  description: at(number + 1),
  required: [at(number + 2), 'at'],
  properties: {
    [at(number + 2)]: { type: 'string', description: at(number + 3), default: at(number + 4) },
    [at(number + 5)]: { enum: [at(number + 6), at(number + 7)], title: at(number + 8) },
    at: { type: 'number', examples: [at(number)] },
    nested: { type: 'object', properties: { [at(number + 9)]: { const: at(number + 10) } } },
  },
})

const TOOLS: readonly JsonObject[] = [
  ...['say', 'fail', 'refuse', 'long', 'deep', 'broken', 'progress'].map((name, number) => ({
    name,
    title: at(number),
    description: SHORT.join(' '),
    inputSchema: { type: 'object', properties: { at: { description: at(number) } } },
  })),
  ...SHORT.map((text, number) => ({
    name: text,
    title: text,
    description: text,
    inputSchema: schemaOf(number),
    annotations: { title: text, [text]: text },
  })),
]

/** What broken bytes say, in JSON that is whole but for them. */
const BROKEN = Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x9b])

const RESULTS: Readonly<Record<string, (given: JsonObject) => JsonObject>> = {
  say: ({ at: number }) => {
    const text = NAUGHTY[Number(number) % NAUGHTY.length] ?? ''
    return {
      content: [
        { type: 'text', text },
        { type: 'resource_link', uri: `x:${text}`, name: text, title: text },
        { type: 'resource', resource: { uri: text, text } },
        { type: text, [text]: text },
      ],
      structuredContent: { [text]: text, list: [text] },
      _meta: { [`evil/${number}`]: text },
    }
  },
  fail: ({ at: number }) => ({
    isError: true,
    content: [{ type: 'text', text: at(Number(number)) }],
  }),
  long: ({ length }) => ({ content: [{ type: 'text', text: 'y'.repeat(Number(length)) }] }),
  deep: ({ depth }) => ({ content: [], structuredContent: { value: `@DEEP${depth}@` } }),
  broken: () => ({ content: [{ type: 'text', text: '@BROKEN@' }] }),
  progress: () => ({ content: [{ type: 'text', text: SHORT.join('\n') }] }),
}

type Answer = (params: JsonObject) => JsonObject

const METHODS: Readonly<Record<string, Answer>> = {
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {}, resources: {}, prompts: {}, logging: {}, completions: {} },
    serverInfo: { name: SHORT.join(' '), version: at(1), title: at(2), ...own },
    instructions: SHORT.join('\n'),
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: TOOLS }),
  'resources/list': () => ({
    resources: SHORT.map((text, number) => ({
      uri: `x:${number}/${text}`,
      name: text,
      title: text,
      description: text,
      mimeType: text,
    })),
  }),
  'resources/templates/list': () => ({ resourceTemplates: [] }),
  'resources/read': () => ({
    contents: SHORT.map((text) => ({ uri: `x:${text}`, mimeType: text, text })),
  }),
  'prompts/list': () => ({
    prompts: [
      { name: 'evil', description: SHORT.join(' ') },
      ...SHORT.map((text) => ({
        name: text,
        description: text,
        arguments: [{ name: text, description: text }],
      })),
    ],
  }),
  'prompts/get': () => ({
    description: SHORT.join(' '),
    messages: SHORT.map((text) => ({ role: 'user', content: { type: 'text', text } })),
  }),
}

/** Everything it says to one message, the answer last. */
const sayings = ({ id, method, params: given }: JsonObject): readonly JsonObject[] => {
  if (id === undefined) return []
  const params = isObject(given) ? given : {}
  const told = (result: JsonObject) => ({ jsonrpc: '2.0', id, result })
  const refused = (number: number) => {
    const error = { code: -32000 - number, message: at(number), data: { ...own, at: at(number) } }
    return { jsonrpc: '2.0', id, error }
  }
  if (method !== 'tools/call') {
    const answer = METHODS[String(method)]
    return [answer === undefined ? refused(1) : told(answer(params))]
  }
  const values = isObject(params.arguments) ? params.arguments : {}
  const name = String(params.name)
  const result = Object.hasOwn(RESULTS, name) ? RESULTS[name] : undefined
  if (result === undefined) return [refused(Number(values.at ?? 0))]
  const before = params.name === 'progress' ? progressOf(params) : []
  return [...before, told(result(values))]
}

const progressOf = ({ _meta }: JsonObject): readonly JsonObject[] =>
  SHORT.map((message, progress) => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken: isObject(_meta) ? (_meta.progressToken ?? 0) : 0,
      progress: progress + 1,
      message,
    },
  }))

/** As bytes: marks in it become nested lists, and what is no text at all. */
const bytesOf = (message: JsonObject): Buffer => {
  const [before = '', after] = JSON.stringify(message)
    .replace(/"@DEEP(\d+)@"/, (_, depth) => `${'['.repeat(depth)}1${']'.repeat(depth)}`)
    .split('@BROKEN@')
  if (after === undefined) return Buffer.from(before)
  return Buffer.concat([Buffer.from(before), BROKEN, Buffer.from(after)])
}

export const startHostileServer = () => {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      if (request.method !== 'POST') return new Response(null, { status: 405 })
      const said = sayings(JSON.parse(await request.text()))
      if (said.length === 0) return new Response(null, { status: 202 })
      const [only = {}] = said
      if (said.length === 1) {
        return new Response(bytesOf(only), { headers: { 'content-type': 'application/json' } })
      }
      const events = said.map((each) => Buffer.concat([DATA, bytesOf(each), END]))
      return new Response(Buffer.concat(events), {
        headers: { 'content-type': 'text/event-stream' },
      })
    },
  })
  return { url: `http://127.0.0.1:${server.port}/mcp`, close: () => server.stop(true) }
}

const DATA = Buffer.from('data: ')
const END = Buffer.from('\n\n')

if (import.meta.main) {
  for (const text of SHORT) process.stderr.write(`log ${text}\n`)
  process.stderr.write(Buffer.concat([Buffer.from('bytes '), BROKEN, Buffer.from('\n')]))
  process.stderr.write(`long ${'z'.repeat(1_000_000)}\n`)
  for await (const line of console) {
    for (const each of sayings(JSON.parse(line))) {
      process.stdout.write(Buffer.concat([bytesOf(each), Buffer.from('\n')]))
    }
  }
}
