import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/core/errors.ts'
import { type JsonObject, toMessage } from '../../src/core/json-rpc.ts'
import { META } from '../../src/core/protocol.ts'
import { classify, type StandardHeaders } from '../../src/era/classify.ts'

const message = (method: string, params: JsonObject = {}, id: number | null = 1) => {
  const value = { jsonrpc: '2.0', ...(id !== null && { id }), method, params }
  return toMessage(JSON.stringify(value), value, id === null ? undefined : String(id))
}
const envelope = (version: unknown = '2026-07-28') => ({
  _meta: { [META.protocolVersion]: version, [META.clientCapabilities]: {} },
})
const headers = (given: Partial<StandardHeaders> = {}): StandardHeaders => ({
  protocolVersion: '2026-07-28',
  method: undefined,
  name: undefined,
  ...given,
})
const none = headers({ protocolVersion: undefined })
const call = (name: string) => message('tools/call', { name, ...envelope() })
const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return [error.mcpStatus, error.rpcCode]
    throw error
  }
  return 'passed'
}

describe('the era of a message', () => {
  test.each([
    ['initialize without a claim is legacy', message('initialize'), none, 'legacy'],
    ['a request with no claim at all is legacy', message('tools/list'), none, 'legacy'],
    [
      'a legacy version in the header is legacy',
      message('tools/list'),
      headers({ protocolVersion: '2025-06-18' }),
      'legacy',
    ],
    [
      'a claim in the body is modern',
      message('tools/list', envelope()),
      headers({ method: 'tools/list' }),
      'modern',
    ],
    [
      'a named call whose headers agree is modern',
      call('echo'),
      headers({ method: 'tools/call', name: 'echo' }),
      'modern',
    ],
    [
      'an encoded name that agrees is modern',
      call('é'),
      headers({ method: 'tools/call', name: '=?base64?w6k=?=' }),
      'modern',
    ],
    ['a modern notification is modern', message('notifications/x', {}, null), headers(), 'modern'],
  ] as const)('%s', (_name, given, sent, era) => {
    expect(classify(given, sent)).toBe(era)
  })

  test.each([
    [
      'a modern header without an envelope',
      message('tools/list'),
      headers({ method: 'tools/list' }),
      [400, -32602],
    ],
    [
      'an envelope without capabilities',
      message('tools/list', { _meta: { [META.protocolVersion]: '2026-07-28' } }),
      headers({ method: 'tools/list' }),
      [400, -32602],
    ],
    [
      'a version that is no text',
      message('tools/list', envelope(7)),
      headers({ method: 'tools/list' }),
      [400, -32602],
    ],
    [
      'no version header',
      message('tools/list', envelope()),
      headers({ protocolVersion: undefined, method: 'tools/list' }),
      [400, -32020],
    ],
    [
      'a version header that disagrees',
      message('tools/list', envelope()),
      headers({ protocolVersion: '2025-11-25', method: 'tools/list' }),
      [400, -32020],
    ],
    [
      'a version nobody speaks',
      message('tools/list', envelope('2099-01-01')),
      headers({ protocolVersion: '2099-01-01', method: 'tools/list' }),
      [400, -32022],
    ],
    [
      'a legacy header nobody speaks',
      message('tools/list'),
      headers({ protocolVersion: '1999-01-01' }),
      [400, -32022],
    ],
    ['no method header', call('echo'), headers({ name: 'echo' }), [400, -32020]],
    [
      'a method header in another case',
      call('echo'),
      headers({ method: 'Tools/Call', name: 'echo' }),
      [400, -32020],
    ],
    ['no name header', call('echo'), headers({ method: 'tools/call' }), [400, -32020]],
    [
      'a safe name before an evil body',
      call('evil'),
      headers({ method: 'tools/call', name: 'safe' }),
      [400, -32020],
    ],
    [
      'two name headers',
      call('evil'),
      headers({ method: 'tools/call', name: 'evil, evil' }),
      [400, -32020],
    ],
    [
      'bad base64',
      call('evil'),
      headers({ method: 'tools/call', name: '=?base64?%%%?=' }),
      [400, -32020],
    ],
    [
      'initialize with a modern claim',
      message('initialize', envelope()),
      headers({ method: 'initialize' }),
      [404, -32601],
    ],
    [
      'ping with a modern claim',
      message('ping', envelope()),
      headers({ method: 'ping' }),
      [404, -32601],
    ],
    [
      'tasks/result, which the tasks extension took away, with a modern claim',
      message('tasks/result', { taskId: '1', ...envelope() }),
      headers({ method: 'tasks/result' }),
      [404, -32601],
    ],
  ] as const)('%s is refused', (_name, given, sent, expected) => {
    expect(refusal(() => classify(given, sent))).toEqual([...expected])
  })
})
