import { describe, expect, test } from 'bun:test'
import type { StreamEvent } from '../../src/core/conversation.ts'
import { finalAnswer } from '../../src/core/conversation.ts'
import {
  AccessDenied,
  InternalFault,
  MalformedRequest,
  RecordUnavailable,
  ServerNotFound,
  Unauthenticated,
  UpstreamFailed,
} from '../../src/core/errors.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { denied, incoming, parts } from '../support/parts.ts'

const throwing = (error: Error) => () => {
  throw error
}
const streamOf = (...texts: string[]) =>
  new ReadableStream<StreamEvent>({
    start(controller) {
      for (const data of texts) controller.enqueue({ data })
      controller.close()
    },
  })

describe('the path of one call', () => {
  test('a permitted call is admitted, forwarded and settled, in this order', async () => {
    const { all, steps, settled } = parts()
    await createGateway(all).handle(incoming())
    expect(steps).toEqual(['admit', 'forward', 'settle'])
    expect(settled[0]?.outcome?.status).toBe('success')
  })

  test.each([
    [
      'an unauthenticated caller',
      { authenticate: throwing(new Unauthenticated('none', false)) },
      Unauthenticated,
    ],
    ['a denied call', { decide: () => denied() }, AccessDenied],
    ['a policy that throws', { decide: throwing(new TypeError('boom')) }, InternalFault],
    ['a server that is not there', { locate: throwing(new ServerNotFound('x')) }, ServerNotFound],
    [
      'a record that cannot be written',
      { admit: throwing(new RecordUnavailable('x')) },
      RecordUnavailable,
    ],
  ])('%s never reaches the upstream, and is settled once', async (_name, over, refusal) => {
    const { all, steps, settled } = parts(over as Parameters<typeof parts>[0])
    const answer = await createGateway(all).handle(incoming())
    expect('refusal' in answer && answer.refusal).toBeInstanceOf(refusal)
    expect(steps).not.toContain('forward')
    expect(settled).toHaveLength(1)
    expect(settled[0]?.error).toBeInstanceOf(refusal)
  })

  test('what cannot be read is decided by nobody', async () => {
    const { all, steps, settled } = parts({ decide: throwing(new Error('must not be asked')) })
    const decode = throwing(new MalformedRequest('nonsense'))
    await createGateway(all).handle(incoming({ decode }))
    expect(steps).toEqual(['settle'])
    expect(settled[0]?.error).toBeInstanceOf(MalformedRequest)
  })

  test('a request the door turned away is settled too', () => {
    const { all, settled } = parts()
    createGateway(all).refuse(incoming(), new MalformedRequest('two hosts'))
    expect(settled[0]?.error?.code).toBe('malformed_request')
  })

  test('a failing upstream is settled as its fault', async () => {
    const { all, settled } = parts({ forward: throwing(new UpstreamFailed('gone')) as never })
    await createGateway(all).handle(incoming())
    expect(settled[0]?.error).toBeInstanceOf(UpstreamFailed)
  })

  test('a tool that says isError is settled as an error with its words', async () => {
    const text =
      '{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"no such user"}]}}'
    const { all, settled } = parts({ forward: async () => ({ kind: 'single', text }) })
    await createGateway(all).handle(incoming())
    expect(settled[0]?.outcome).toEqual({
      status: 'error',
      responseStatus: 200,
      error: 'no such user',
    })
  })

  test('a stream settles once, when it has been read to its end', async () => {
    const answer = '{"jsonrpc":"2.0","id":1,"result":{}}'
    const { all, settled } = parts({
      forward: async () => ({ kind: 'stream', events: streamOf('{"method":"p"}', answer) }),
    })
    const result = await createGateway(all).handle(incoming())
    expect(settled).toHaveLength(0)
    expect('reply' in result && (await finalAnswer(result.reply))).toBe(answer)
    expect(settled).toHaveLength(1)
    expect(settled[0]?.outcome?.status).toBe('success')
  })

  test('a client that leaves early still settles, and the upstream hears of it', async () => {
    let cancelled = false
    const events = new ReadableStream<StreamEvent>({
      pull: () => new Promise(() => {}),
      cancel: () => {
        cancelled = true
      },
    })
    const { all, settled } = parts({ forward: async () => ({ kind: 'stream', events }) })
    const result = await createGateway(all).handle(incoming())
    if ('reply' in result && result.reply.kind === 'stream') await result.reply.events.cancel()
    expect(cancelled).toBe(true)
    expect(settled).toHaveLength(1)
    expect(settled[0]?.error?.code).toBe('client_left')
  })

  test('a stream that breaks settles as a fault, once', async () => {
    const events = new ReadableStream<StreamEvent>({
      pull: (controller) => controller.error(new UpstreamFailed('cut')),
    })
    const { all, settled } = parts({ forward: async () => ({ kind: 'stream', events }) })
    const result = await createGateway(all).handle(incoming())
    await expect('reply' in result && finalAnswer(result.reply)).rejects.toThrow('cut')
    expect(settled).toHaveLength(1)
    expect(settled[0]?.error?.code).toBe('upstream_failed')
  })
})
