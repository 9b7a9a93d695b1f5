import { afterEach, describe, expect, test } from 'bun:test'
import { closedAfter } from '../support/closing.ts'
import {
  callTool,
  handshake,
  modernCall,
  never,
  options,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

/** Writes the lines that a call brings, with the call's id in the place of `$ID`. */
const SAYS = `
console.log('Welcome to the server { version: 1 }')
console.log('{ listening: true }')
for await (const line of console) {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') {
    const result = { protocolVersion: params.protocolVersion, capabilities: {} }
    console.log(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }
  for (const each of params?.arguments?.say ?? []) {
    console.log(each.replaceAll('$ID', JSON.stringify(id)))
  }
}`

const closing = closedAfter(afterEach)
/** Its timeout is longer than any test may take: what ends, ends for another reason. */
const start = async (era: 'modern' | 'legacy' = 'modern') => {
  const upstream = upstreamOf(
    closing,
    {
      transport: 'stdio',
      command: [process.execPath, '-e', SAYS],
      protocolVersion: era === 'modern' ? '2026-07-28' : '2025-11-25',
      timeout: 120_000,
    },
    { environment: process.env },
  )
  const conversation = await upstream.open(era, never)
  return { upstream, conversation: era === 'legacy' ? await handshake(conversation) : conversation }
}
const say = (...lines: string[]) => ({ say: lines })
const GOOD = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"good"}]}}'
const UNREADABLE = {
  code: 'upstream_failed',
  message: 'Server files gave an answer that could not be read',
}

describe('an answer that is no JSON', () => {
  test.each([
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"cut',
    '{"id":$ID,"jsonrpc":"2.0","error":{"code":-32603,"message":"a\tb"',
    '{"result":{"content":[]},"jsonrpc":"2.0","id":$ID',
    '{ "jsonrpc": "2.0", "id": $ID, "result": NaN }',
    `${GOOD}${GOOD}`,
  ])('fails the only call at once, and is in the log: %s', async (line) => {
    const { conversation, upstream } = await start()
    expect(await refusalOf(conversation.send(modernCall('a', 'x', say(line)), options()))).toEqual(
      UNREADABLE,
    )
    expect(upstream.log.lines().at(-1)).toStartWith('stdout: {')
    expect(await textOf(await conversation.send(modernCall('b', 'x', say(GOOD)), options()))).toBe(
      'good',
    )
  })

  test('fails the call that it names, whatever else is under way', async () => {
    const { conversation } = await start('legacy')
    const other = conversation.send(callTool('one', 'x'), options())
    const broken = say('{"jsonrpc":"2.0","id":$ID,"result":{')
    expect(await refusalOf(conversation.send(callTool('two', 'x', broken), options()))).toEqual(
      UNREADABLE,
    )
    const both = say(GOOD.replace('$ID', '"one"'), GOOD)
    expect(await textOf(await conversation.send(callTool(3, 'x', both), options()))).toBe('good')
    expect(await textOf(await other)).toBe('good')
  })

  test('fails none of several calls when it does not say which', async () => {
    const { conversation } = await start('legacy')
    const first = conversation.send(callTool('one', 'x'), options())
    const lines = say(
      '{"result":{"content":[},"jsonrpc":"2.0"}',
      GOOD,
      GOOD.replace('$ID', '"one"'),
    )
    expect(await textOf(await conversation.send(callTool('two', 'x', lines), options()))).toBe(
      'good',
    )
    expect(await textOf(await first)).toBe('good')
  })

  test('fails no later call when it names one that is over', async () => {
    const { conversation } = await start('legacy')
    const lines = say('{"jsonrpc":"2.0","id":"gone","result":{', GOOD)
    expect(await textOf(await conversation.send(callTool(1, 'x', lines), options()))).toBe('good')
  })
})

describe('what a server only logs on its standard output', () => {
  test.each([
    'loading the index …',
    "{ jsonrpc: '2.0', id: 1, result: { content: [] } }",
    "{'jsonrpc': '2.0', 'id': 1, 'result': {}",
    '{',
    '{}',
    '{"level":"error","error":"jsonrpc"}',
    '{"message":"{"jsonrpc":"2.0","result":"}',
    '{"result":{"rows":[1,2',
    'sending {"jsonrpc":"2.0","id":$ID,"result":{',
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"result": "',
    '{"jsonrpc":"2.0","id":7,"method":"roots/list","params":{',
    '[{"jsonrpc":"2.0","id":$ID,"result":{',
  ])('never fails a call: %s', async (line) => {
    const { conversation } = await start()
    const call = modernCall('a', 'x', say(line, GOOD))
    expect(await textOf(await conversation.send(call, options()))).toBe('good')
  })

  test('as a banner before the handshake does not keep a session from opening', async () => {
    const { conversation, upstream } = await start('legacy')
    expect(await textOf(await conversation.send(callTool(1, 'x', say(GOOD)), options()))).toBe(
      'good',
    )
    expect(upstream.log.lines()).toContain('stdout: { listening: true }')
  })
})
