import { describe, expect, test } from 'bun:test'
import type { Message } from '../../src/core/json-rpc.ts'
import { memberText } from '../../src/lib/json-member.ts'
import { isTraceparent, withTraceContext } from '../../src/upstream/trace-context.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const messageOf = (params: string): Message => ({
  kind: 'request',
  text: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
  idText: '1',
  method: 'tools/call',
  params: JSON.parse(params),
})
const paramsOf = ({ text }: Message) => memberText(text, ['params'])
const traced = (params: string, headers = {}) => withTraceContext(messageOf(params), headers)

describe('the trace that a message belongs to', () => {
  test('nothing of a message without one changes, not even its object', () => {
    for (const params of ['{}', '{"_meta":{"a":1}}', `{"_meta":{"traceparent":"${PARENT}"}}`]) {
      const message = messageOf(params)
      expect(withTraceContext(message, {})).toBe(message)
    }
  })

  test('baggage and what is malformed are dropped; everything else keeps its value', () => {
    const message = traced(
      `{"n":1.50,"_meta":{"baggage":"user=me","big":12345678901234567890,"traceparent":"${PARENT}","tracestate":"a=b"}}`,
    )
    expect(paramsOf(message)).toBe(
      `{"n":1.50,"_meta":{"big":12345678901234567890,"traceparent":"${PARENT}","tracestate":"a=b"}}`,
    )
    expect(message.params?._meta).not.toHaveProperty('baggage')
    expect(paramsOf(traced('{"_meta":{"traceparent":"x","tracestate":"a=b","k":1}}'))).toBe(
      '{"_meta":{"k":1}}',
    )
  })

  test('the header takes the place of what the body does not say, and of nothing else', () => {
    const headers = { traceparent: PARENT }
    const message = traced('{"_meta":{ "k":1.0}}', headers)
    expect(paramsOf(message)).toBe(`{"_meta":{"traceparent":"${PARENT}", "k":1.0}}`)
    expect(message.params?._meta).toEqual({ traceparent: PARENT, k: 1 })
    expect(paramsOf(traced('{"_meta":{}}', headers))).toBe(`{"_meta":{"traceparent":"${PARENT}"}}`)
    expect(paramsOf(traced('{"_meta":{"traceparent":7}}', headers))).toBe('{"_meta":{}}')
    expect(paramsOf(traced('{"_meta":{}}', { traceparent: 'x' }))).toBe('{"_meta":{}}')
    expect(paramsOf(traced('{}', headers))).toBe('{}')
  })

  test.each([
    ['', false],
    [PARENT, true],
    [PARENT.toUpperCase(), false],
    [PARENT.replace('00-', 'ff-'), false],
    [PARENT.replace(/-[\da-f]{32}-/, `-${'0'.repeat(32)}-`), false],
    [PARENT.replace(/-[\da-f]{16}-/, `-${'0'.repeat(16)}-`), false],
    [`${PARENT}\r\nx: y`, false],
    [`${PARENT.replace('00-', 'cc-')}-what-comes`, true],
  ])('%p is a traceparent: %p', (value, is) => {
    expect(isTraceparent(value)).toBe(is)
  })
})
