import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { META } from '../../../src/core/protocol.ts'
import { createDemoServer } from '../../../src/demo/server.ts'
import { connectIn, ERAS, instant } from '../peer.ts'

const NAMES = [
  'echo',
  'add',
  'get_user',
  'search_docs',
  'send_email',
  'slow',
  'flaky',
  'delete_user',
]

describe.each([...ERAS])('in the %s era', (era) => {
  test('every tool is listed in a fixed order, with a closed schema and annotations', async () => {
    const { ask } = await connectIn(era)
    const { tools } = (await ask('tools/list')).result
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual(NAMES)
    for (const tool of tools) {
      expect(tool.title).toBeString()
      expect(tool.description).toBeString()
      expect(tool.inputSchema.type).toBe('object')
      expect(tool.inputSchema.additionalProperties).toBe(false)
      expect(tool.inputSchema.required).toEqual(Object.keys(tool.inputSchema.properties))
      expect(tool.annotations.readOnlyHint).toBeBoolean()
      expect(tool.annotations.openWorldHint).toBeBoolean()
    }
    const hints = Object.fromEntries(
      tools.map((tool: { name: string; annotations: object }) => [tool.name, tool.annotations]),
    )
    expect(hints.delete_user).toMatchObject({ destructiveHint: true })
    expect(hints.send_email).toMatchObject({ destructiveHint: false, openWorldHint: true })
    expect((await ask('tools/list')).result).toEqual((await ask('tools/list')).result)
  })

  test('echo gives back its text, whatever it is', async () => {
    const { callTool } = await connectIn(era)
    const text = 'héllo\n"wörld" \u{1f600}'
    const { result } = await callTool('echo', { text })
    expect(result.content).toEqual([{ type: 'text', text }])
    expect(result.isError).toBeUndefined()
  })

  test('add gives the sum as structured content and as text', async () => {
    const { callTool } = await connectIn(era)
    const { result } = await callTool('add', { a: 2, b: 40 })
    expect(result.structuredContent).toEqual({ sum: 42 })
    expect(result.content).toEqual([{ type: 'text', text: '{"sum":42}' }])
    expect((await callTool('add', { a: 1e308, b: 1e308 })).result.isError).toBe(true)
  })

  test('get_user finds people and names the known ids for an unknown one', async () => {
    const { callTool } = await connectIn(era)
    const found = (await callTool('get_user', { id: '3' })).result
    expect(found.structuredContent).toEqual({
      id: '3',
      name: 'Alan Mathison',
      email: 'alan.mathison@example.com',
      role: 'researcher',
      team: 'Cryptography',
    })
    const unknown = (await callTool('get_user', { id: '99' })).result
    expect(unknown.isError).toBe(true)
    expect(unknown.content[0].text).toBe('No user has the id "99". Known ids: 1, 2, 3, 4, 5, 6, 7.')
  })

  test('search_docs reports rising progress and links to the pages it found', async () => {
    const { callTool, heard } = await connectIn(era)
    const { result } = await callTool(
      'search_docs',
      { query: 'POLICY  denial' },
      { _meta: { progressToken: 'p-1' } },
    )
    expect(result.structuredContent).toEqual({
      query: 'POLICY  denial',
      matches: [{ uri: 'demo://docs/policy', title: 'How a call is decided' }],
    })
    expect(result.content[1]).toMatchObject({ type: 'resource_link', uri: 'demo://docs/policy' })
    const progress = heard.filter(({ method }) => method === 'notifications/progress')
    expect(progress.map(({ params }) => params.progress)).toEqual([1, 2, 3, 4, 5, 6])
    for (const { params } of progress)
      expect(params).toMatchObject({ progressToken: 'p-1', total: 6 })
  })

  test('no progress is reported to a client that gave no token', async () => {
    const { callTool, heard } = await connectIn(era)
    await callTool('search_docs', { query: 'x' })
    expect(heard).toEqual([])
  })

  test('send_email answers with what it would have sent', async () => {
    const { callTool } = await connectIn(era)
    const mail = { to: 'ada.byron@example.com', subject: 'Hi', body: 'Hello' }
    expect((await callTool('send_email', mail)).result.structuredContent).toEqual({
      sent: false,
      message_id: '<800000000000@demo.example.com>',
      date: '2026-11-22T12:00:00.000Z',
      ...mail,
    })
    const wrong = (await callTool('send_email', { ...mail, to: 'nobody' })).result
    expect(wrong.isError).toBe(true)
    expect(wrong.content[0].text).toContain('to: expected a string of 1 to 254 characters')
  })

  test('slow waits as long as it was asked to, half a second at a time', async () => {
    const waits: number[] = []
    const server = createDemoServer({
      ...instant,
      sleep: async (milliseconds) => void waits.push(milliseconds),
    })
    const { callTool, heard } = await connectIn(era, server)
    const { result } = await callTool('slow', { seconds: 1.2 }, { _meta: { progressToken: 0 } })
    expect(result.content[0].text).toBe('Waited 1.2 seconds.')
    expect(waits.map(Math.round)).toEqual([500, 500, 200])
    expect(heard.map(({ params }) => params.progress)).toEqual([0.5, 1, 1.2])
    expect((await callTool('slow', { seconds: 31 })).result.isError).toBe(true)
  })

  test('flaky fails every second time, whoever calls', async () => {
    const server = createDemoServer(instant)
    const one = await connectIn(era, server)
    const two = await connectIn(era, server)
    const failures = []
    for (const peer of [one, two, one, two]) {
      failures.push((await peer.callTool('flaky')).result.isError ?? false)
    }
    expect(failures).toEqual([false, true, false, true])
  })

  test('delete_user removes a person for everybody, and tells that resources changed', async () => {
    const server = createDemoServer(instant)
    const one = await connectIn(era, server)
    const other = await connectIn('legacy', server)
    expect((await one.callTool('delete_user', { id: '7' })).result.content[0].text).toBe(
      'Deleted Barbara Jane (id 7).',
    )
    expect((await other.callTool('get_user', { id: '7' })).result.isError).toBe(true)
    expect((await one.callTool('delete_user', { id: '7' })).result.isError).toBe(true)
    expect(other.heard.map(({ method }) => method)).toEqual([
      'notifications/resources/list_changed',
    ])
  })

  test('an unknown tool and arguments that are no object are protocol errors', async () => {
    const { callTool, ask } = await connectIn(era)
    expect((await callTool('nope')).error).toMatchObject({
      code: -32602,
      message: 'Unknown tool: nope',
    })
    expect((await callTool('constructor')).error?.code).toBe(-32602)
    expect((await callTool('echo', ['x'])).error?.code).toBe(-32602)
    expect((await ask('tools/call')).error?.code).toBe(-32602)
    expect((await ask('tools/list', { cursor: 'x' })).error?.code).toBe(-32602)
  })

  test('wrong arguments are an error result that says what was expected', async () => {
    const { callTool } = await connectIn(era)
    const { result } = await callTool('add', { a: '2', c: 1 })
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toBe(
      'Invalid arguments for add. a: expected a number, got "2". b: missing, expected a number.' +
        ' c: unknown argument; this tool takes a, b.',
    )
    expect((await callTool('echo')).result.isError).toBe(true)
    expect((await callTool('flaky', { x: 1 })).result.isError).toBe(true)
  })

  test('cancelling a slow call ends it without an answer', async () => {
    const server = createDemoServer({ ...instant, sleep: forever })
    const peer = await connectIn(era, server)
    const answered = peer.answers.length
    void peer.ask('tools/call', { name: 'slow', arguments: { seconds: 9 } }, 'call-1')
    await Bun.sleep(1)
    peer.notify('notifications/cancelled', { requestId: 'call-1' })
    await Bun.sleep(1)
    expect(peer.answers.length).toBe(answered)
    // The id is free again, so the first call is really over.
    const again = peer.ask('tools/call', { name: 'echo', arguments: { text: 'x' } }, 'call-1')
    expect(await again).toMatchObject({ id: 'call-1', result: { content: [{ text: 'x' }] } })
  })

  test('no arguments of any shape make a tool break', async () => {
    const { callTool } = await connectIn(era)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES.filter((name) => name !== 'slow')),
        fc.oneof(
          fc.dictionary(fc.constantFrom('text', 'a', 'b', 'id', 'query', 'to'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        async (name, given) => {
          const answer = await callTool(name, given)
          if (answer.error) expect(answer.error.code).toBe(-32602)
          else expect(answer.result.content.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 150 },
    )
  })
})

test('log messages are heard at the level that was asked for', async () => {
  const modern = await connectIn('modern')
  await modern.callTool('delete_user', { id: '1' })
  expect(modern.heard).toEqual([])
  await modern.callTool('delete_user', { id: '2' }, { _meta: { [META.logLevel]: 'warning' } })
  expect(modern.heard.map(({ params }) => params.data)).toEqual(['Deleted user 2'])

  const legacy = await connectIn('legacy')
  const mail = { to: 'a@example.com', subject: 's', body: 'b' }
  await legacy.callTool('send_email', mail)
  expect(legacy.heard).toEqual([])
  await legacy.ask('logging/setLevel', { level: 'debug' })
  await legacy.callTool('send_email', mail)
  expect(legacy.heard).toEqual([
    {
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: {
        level: 'notice',
        logger: 'demo',
        data: 'Pretended to send an email to a@example.com',
      },
    } as never,
  ])
  expect((await legacy.ask('logging/setLevel', { level: 'loud' })).error?.code).toBe(-32602)
})

const forever = (_milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
