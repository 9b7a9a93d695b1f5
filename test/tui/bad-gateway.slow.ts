import { afterEach, expect, test } from 'bun:test'
import { temporaryDirectory } from '../support/datacline.ts'
import { callDemo, demoTerminals } from '../support/demo-terminal.ts'
import { NAUGHTY } from '../support/naughty.ts'
import type { ScreenTerminal } from '../support/screen.ts'

const { closing, gateway, open } = demoTerminals(afterEach)

test('a gateway that is killed and comes back, elsewhere and with another token, is found again', async () => {
  const first = await gateway()
  const { directory } = first
  const terminal = open(['tui', '--config', directory], { cwd: directory })
  await terminal.sees('LIVE')
  await callDemo(first.url, 'add', { a: 1, b: 1 })
  await terminal.sees('add PERMITTED')
  const token = await first.operatorToken()
  await first.kill('SIGKILL')
  await terminal.sees('the gateway is gone')
  // Meanwhile it can be read on.
  terminal.press('\r')
  await terminal.sees('[Why]')
  terminal.press('\u001b')
  await terminal.sees('TIME')
  terminal.press('G')
  const second = await gateway({ directory })
  expect(await second.operatorToken()).not.toBe(token)
  await terminal.sees('LIVE')
  await callDemo(second.url, 'echo', { text: 'again' })
  await terminal.sees('echo PERMITTED')
  const named = open(['tui', '--config', directory, '--gateway', second.url], { cwd: directory })
  await named.sees('LIVE')
  await second.kill('SIGKILL')
  await terminal.sees('the gateway is gone')
  await named.sees('trying again: it no longer runs on this machine')
  const port = new URL(second.url).port
  await gateway({ directory, args: ['--no-auth', '--demo', '--port', port] })
  await terminal.sees('LIVE')
  await named.sees('LIVE')
  terminal.press('q')
  expect(await terminal.ended).toBe(0)
  expect(terminal.faults()).toEqual([])
  expect(terminal.raw()).not.toMatch(/\bat \S+ \(/)
}, 60_000)

const EVENT = {
  phase: 'outcome',
  exchange_id: 'x',
  timestamp: '2026-11-22T10:30:00.000Z',
  level: 'INFO',
  logger: 'audit',
  event_type: 'mcp_request',
  method: 'tools/call',
  status: 'success',
}
const event = (seq: number, more: object = {}) =>
  `data: ${JSON.stringify({ ...EVENT, seq, exchange_id: `x${seq}`, ...more })}\n\n`

/** A gateway that is none: what it answers to the feed is said by each test. */
const pretender = (
  feed: (request: Request) => Response | Promise<Response>,
  rest: () => Response = () => Response.json({}),
) => {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url)
      if (pathname === '/') return Response.json({ name: 'datacline' })
      return pathname === '/admin/events' && !search.includes('limit') ? feed(request) : rest()
    },
  })
  closing.push(() => server.stop(true))
  return `http://127.0.0.1:${server.port}`
}

const stream = (body: ConstructorParameters<typeof Response>[0], status = 200) =>
  new Response(body, { status, headers: { 'content-type': 'text/event-stream' } })

const watching = async (url: string): Promise<ScreenTerminal> => {
  const directory = await temporaryDirectory()
  closing.push(() => directory.remove())
  const args = ['tui', '--gateway', url, '--token-file', 'token']
  await Bun.write(`${directory.path}/token`, 'a-token')
  return open(args, { cwd: directory.path })
}

/** It still does what it is told, and goes without a trace. */
const isAlive = async (terminal: ScreenTerminal) => {
  for (const [key, shown] of [
    ['2', '─ Servers'],
    ['3', '─ Policies'],
    ['6', '─ Log'],
    ['?', 'esc goes back'],
  ] as const) {
    terminal.press(key)
    await terminal.sees(shown)
  }
  terminal.press('qqq')
  expect(await terminal.ended).toBe(0)
  expect(terminal.faults()).toEqual([])
  expect(terminal.raw()).not.toMatch(/\bat \S+ \(/)
  expect(terminal.raw()).not.toContain('fault of datacline')
}

test.each([
  ['500 with a page', () => new Response('<h1>\u001b[2J</h1>', { status: 500 }), 'trying again'],
  [
    'no stream',
    () => Response.json({ detail: '\u001b[2J\u202e' }, { status: 503 }),
    'trying again',
  ],
  ['a stream that ends', () => stream(null), 'trying again'],
  ['half an event', () => stream(`${event(1)}data: {"seq":2,"phase"`), 'trying again'],
  ['no UTF-8', () => stream(Buffer.from([0x64, 0x61, 0xff, 0xfe, 10, 10])), 'trying again'],
  ['no JSON', () => stream(`data: ${NAUGHTY.join(' ')}\n\n`), 'left out'],
  ['no events', () => stream(`data: [1]\n\ndata: {"seq":"x"}\n\ndata: null\n\n`), 'left out'],
  ['a redirect', () => Response.redirect('http://127.0.0.1:1/'), 'trying again'],
  [
    'no answer of HTTP',
    () => new Response(new ReadableStream({ pull: (c) => c.error() })),
    'trying',
  ],
] as const)('a gateway that answers with %s is a sentence', async (_name, feed, sentence) => {
  let asked = 0
  const url = pretender(() => {
    asked++
    return feed()
  })
  const terminal = await watching(url)
  await terminal.sees(sentence)
  const soFar = asked
  while (sentence.startsWith('trying') && asked === soFar) await Bun.sleep(20)
  await isAlive(terminal)
})

test('events drip in byte by byte, or come in a piece as large as they can be', async () => {
  const encoder = new TextEncoder()
  const drip = encoder.encode(event(1, { tool_name: 'dripped' }))
  const huge = encoder.encode(
    event(2, {
      tool_name: 'huge',
      error: 'e'.repeat(30_000_000),
      parameters: { a: 'p'.repeat(9e6) },
    }),
  )
  const url = pretender(() =>
    stream(
      new ReadableStream({
        async start(controller) {
          for (const byte of drip) {
            controller.enqueue(Uint8Array.of(byte))
            await Bun.sleep(1)
          }
          controller.enqueue(huge)
        },
      }),
    ),
  )
  const terminal = await watching(url)
  await terminal.sees('dripped')
  await terminal.sees('huge')
  terminal.press('\r')
  await terminal.sees('[Why]')
  terminal.press(']]]]')
  await terminal.sees('[Raw]')
  terminal.press('\u001b')
  await isAlive(terminal)
}, 60_000)

test('numbers that no gateway gives are shown all the same', async () => {
  const odd = [
    { seq: 9007199254740991, duration_ms: -1e300, response_status: 1e21 },
    { seq: 3, timestamp: 'no time at all', duration_ms: 1e-300 },
    { seq: 4, timestamp: '+275760-09-13T00:00:00.000Z' },
    { seq: 5, phase: 'event', timestamp: 'x', code: '__proto__', level: 'ERROR' },
    { seq: 6, status: 'unknown', code: 'constructor', tool_name: 'last one' },
  ]
  const url = pretender(() =>
    stream(
      new ReadableStream({
        start(controller) {
          for (const each of odd.sort((a, b) => a.seq - b.seq)) {
            controller.enqueue(new TextEncoder().encode(event(each.seq, each)))
          }
        },
      }),
    ),
  )
  const terminal = await watching(url)
  await terminal.sees('last one')
  terminal.press('gggG')
  await isAlive(terminal)
})
