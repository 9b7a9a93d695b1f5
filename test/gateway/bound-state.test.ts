import { expect, test } from 'bun:test'
import type { Reply } from '../../src/core/conversation.ts'
import { buildRequest, type JsonObject } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import { createBoundState } from '../../src/gateway/bound-state.ts'
import { createSeal } from '../../src/lib/seal.ts'

const HOUR = 3_600_000
const ADA = localPrincipal('ada', 'local-developer')

let time = 0
const states = createBoundState(createSeal(() => time))

const asking = (more: JsonObject = {}, server = 'one') =>
  toOperation(server, 'modern', buildRequest(1, 'tools/call', { name: 'ask', ...more }))

const textsOf = async (reply: Reply): Promise<readonly string[]> => {
  if (reply.kind !== 'stream') return reply.kind === 'single' ? [reply.text] : []
  const texts: string[] = []
  for await (const { data } of reply.events) texts.push(data)
  return texts
}

const answer = (text: string): Reply => ({ kind: 'single', text })
const streamed = (...texts: readonly string[]): Reply => ({
  kind: 'stream',
  events: new ReadableStream({
    start(controller) {
      for (const data of texts) controller.enqueue({ data })
      controller.close()
    },
  }),
})

const WAITING = '{"jsonrpc":"2.0","id":1,"result":{"n":1e400,"request\\u0053tate":"inner \\u00e9"}}'
const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"requestState":"x"}}'

const sealedState = async (): Promise<string> => {
  const [text = ''] = await textsOf(states.close(answer(WAITING), asking(), ADA))
  return JSON.parse(text).result.requestState
}

test('a state leaves sealed, also on a stream, and all else to the letter', async () => {
  const [note, last = ''] = await textsOf(states.close(streamed(NOTE, WAITING), asking(), ADA))
  expect(note).toBe(NOTE)
  const sealed: string = JSON.parse(last).result.requestState
  expect(last).toBe(WAITING.replace('inner \\u00e9', sealed))
  expect(states.open(ADA, asking({ requestState: sealed })).message?.params?.requestState).toBe(
    'inner é',
  )
})

test('what the server gets is the request with its own state', async () => {
  const opened = states.open(ADA, asking({ requestState: await sealedState(), x: 1 }))
  expect(JSON.parse(opened.message?.text ?? '')).toEqual({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'ask', requestState: 'inner é', x: 1 },
  })
})

test('a state that is too old, of another server, tool or principal, or no text is refused', async () => {
  const requestState = await sealedState()
  const refused = [
    () => states.open(localPrincipal('bob', 'local-developer'), asking({ requestState })),
    () => states.open(ADA, asking({ requestState, name: 'other' })),
    () => states.open(ADA, asking({ requestState }, 'two')),
    () => states.open(ADA, asking({ requestState: null })),
    () => states.open(ADA, asking({ requestState: 'inner é' })),
  ]
  for (const open of refused) expect(open).toThrow('not one of this request')
  time += 24 * HOUR - 1
  expect(() => states.open(ADA, asking({ requestState }))).not.toThrow()
  time += 1
  expect(() => states.open(ADA, asking({ requestState }))).toThrow('not one of this request')
})

test('the legacy era knows no such state', async () => {
  const legacy = toOperation('one', 'legacy', buildRequest(1, 'tools/call', { name: 'ask' }))
  expect(await textsOf(states.close(answer(WAITING), legacy, ADA))).toEqual([WAITING])
  expect(states.open(ADA, legacy)).toBe(legacy)
})
