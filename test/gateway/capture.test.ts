import { describe, expect, test } from 'bun:test'
import type { Reply, StreamEvent } from '../../src/core/conversation.ts'
import { toBareOperation } from '../../src/core/operation.ts'
import { type Capture, createCapture } from '../../src/gateway/capture.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { denied, incoming, parts } from '../support/parts.ts'

const streamOf = (...texts: string[]) =>
  new ReadableStream<StreamEvent>({
    start(controller) {
      for (const data of texts) controller.enqueue({ data })
      controller.close()
    },
  })

/** A gateway whose live feed never says anything. */
const setUp = (capture: Capture, reply: () => Reply, over: Parameters<typeof parts>[0] = {}) => {
  const { all } = parts({
    forward: async (_permit, operation) =>
      operation.method === 'datacline/events'
        ? { kind: 'stream', events: new ReadableStream<StreamEvent>() }
        : reply(),
    ...over,
  })
  return capture.around(createGateway(all))
}

const single =
  (text = '{"jsonrpc":"2.0","id":1,"result":{}}') =>
  (): Reply => ({
    kind: 'single',
    text,
  })

/** Opens the live feed; the returned function closes it. */
const watch = async (gateway: Gateway, bodies = true): Promise<() => Promise<void>> => {
  const answer = await gateway.handle(
    incoming({
      face: 'admin',
      decode: () => ({
        ...toBareOperation('*', 'either', 'datacline/events'),
        arguments: bodies ? { bodies } : undefined,
      }),
    }),
  )
  if (!('reply' in answer) || answer.reply.kind !== 'stream') throw new Error('no feed')
  const { events } = answer.reply
  return () => events.cancel()
}

describe('what crosses the gateway', () => {
  test('is kept while somebody watches it, and gone when the last one leaves', async () => {
    const capture = createCapture()
    const gateway = setUp(capture, single())
    const before = await gateway.handle(incoming())
    expect(capture.read(before.exchange.id)).toBeUndefined()
    const [leave, leaveToo] = [await watch(gateway), await watch(gateway)]
    const { exchange } = await gateway.handle(incoming({ headers: { 'mcp-method': 'tools/call' } }))
    expect(capture.read(exchange.id)).toMatchObject({
      headers: { 'mcp-method': 'tools/call' },
      request: { text: expect.stringContaining('"tools/call"') },
      replies: [{ text: '{"jsonrpc":"2.0","id":1,"result":{}}' }],
    })
    await leave()
    expect(capture.read(exchange.id)).toBeDefined()
    await leaveToo()
    expect(capture.read(exchange.id)).toBeUndefined()
    const after = await gateway.handle(incoming())
    expect(capture.read(after.exchange.id)).toBeUndefined()
  })

  test('is not kept for a feed that did not ask, and the feed itself never is', async () => {
    const capture = createCapture()
    const gateway = setUp(capture, single())
    await watch(gateway, false)
    const { exchange } = await gateway.handle(incoming())
    expect(capture.read(exchange.id)).toBeUndefined()
  })

  test('a refusal is kept with what was asked and no reply', async () => {
    const capture = createCapture()
    const gateway = setUp(capture, single(), {
      decide: (_principal, { scope }) =>
        scope === 'gateway' ? parts().all.decide(_principal, {} as never) : denied(),
    })
    await watch(gateway)
    const { exchange } = await gateway.handle(incoming())
    expect(capture.read(exchange.id)).toMatchObject({
      request: { text: expect.stringContaining('echo') },
      replies: [],
    })
  })

  test('the messages of a stream are kept in turn, and the client reads them all the same', async () => {
    const capture = createCapture()
    const said = ['{"method":"notifications/progress"}', '{"jsonrpc":"2.0","id":1,"result":{}}']
    const gateway = setUp(capture, () => ({ kind: 'stream', events: streamOf(...said) }))
    await watch(gateway)
    const answer = await gateway.handle(incoming())
    expect(capture.read(answer.exchange.id)?.replies).toEqual([])
    if (!('reply' in answer) || answer.reply.kind !== 'stream') throw new Error('no stream')
    const read = (await Array.fromAsync(answer.reply.events)).map(({ data }) => data)
    expect(read).toEqual(said)
    expect(capture.read(answer.exchange.id)?.replies.map(({ text }) => text)).toEqual(said)
  })

  test('a message that is too long is told by its length alone', async () => {
    const capture = createCapture({ longest: 100 })
    const gateway = setUp(capture, single(JSON.stringify({ result: 'x'.repeat(200) })))
    await watch(gateway)
    const { exchange } = await gateway.handle(incoming())
    const [reply] = capture.read(exchange.id)?.replies ?? []
    expect(reply?.text).toBeUndefined()
    expect(reply?.characters).toBeGreaterThan(200)
  })

  test('the oldest make room, so that memory stays as large as it was said', async () => {
    const capture = createCapture({ room: 5_000 })
    const gateway = setUp(capture, single(JSON.stringify({ result: 'x'.repeat(1_000) })))
    await watch(gateway)
    const ids: string[] = []
    for (let count = 0; count < 20; count++) {
      ids.push((await gateway.handle(incoming())).exchange.id)
    }
    const kept = ids.filter((id) => capture.read(id) !== undefined)
    expect(kept).toEqual(ids.slice(-4))
  })

  test('a stream without end keeps its last messages and says how many went', async () => {
    const capture = createCapture()
    const gateway = setUp(capture, () => ({
      kind: 'stream',
      events: streamOf(...Array.from({ length: 250 }, (_, at) => `{"at":${at}}`)),
    }))
    await watch(gateway)
    const answer = await gateway.handle(incoming())
    if (!('reply' in answer) || answer.reply.kind !== 'stream') throw new Error('no stream')
    await Array.fromAsync(answer.reply.events)
    const kept = capture.read(answer.exchange.id)
    expect(kept?.dropped).toBe(50)
    expect(kept?.replies.at(-1)?.text).toBe('{"at":249}')
  })
})
