import { describe, expect, test } from 'bun:test'
import { toMessage } from '../../src/core/json-rpc.ts'
import { readStrictJson } from '../../src/lib/strict-json.ts'

const read = (text: string) => {
  const { value, spans } = readStrictJson(text)
  const id = spans.get('id')
  return toMessage(text, value, id && text.slice(...id))
}

describe('one JSON-RPC message', () => {
  test('an id keeps its exact text, also beyond 2^53', () => {
    const message = read('{"jsonrpc":"2.0","id": 12345678901234567890 ,"method":"ping"}')
    expect(message.kind).toBe('request')
    expect(message.idText).toBe('12345678901234567890')
  })

  test.each([
    ['a notification', '{"jsonrpc":"2.0","method":"notifications/initialized"}', 'notification'],
    ['a result', '{"jsonrpc":"2.0","id":0,"result":{}}', 'response'],
    ['an error', '{"jsonrpc":"2.0","id":"","error":{"code":1,"message":"x"}}', 'response'],
  ] as const)('%s is known for what it is', (_name, text, kind) => {
    expect(read(text).kind).toBe(kind)
  })

  test.each([
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
    ['no version', '{"id":1,"method":"ping"}'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
    ['result and error together', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}'],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}'],
    ['a number', '42'],
    ['a lookalike in upper case', '{"jsonrpc":"2.0","id":1,"method":"a","Method":"b"}'],
    ['a lookalike with a long s', '{"jsonrpc":"2.0","id":1,"method":"a","param\u017f":{}}'],
  ])('%s is refused', (_name, text) => {
    expect(() => read(text)).toThrow()
  })
})
