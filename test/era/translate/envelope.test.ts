import { describe, expect, test } from 'bun:test'
import { META } from '../../../src/core/protocol.ts'
import { toModernParams } from '../../../src/era/translate/envelope.ts'

const WORD = {
  capabilities: { elicitation: {}, tasks: { list: {} } },
  clientInfo: { name: 'c', version: '1' },
  logLevel: undefined,
}

describe('the parameters of a legacy request for a modern server', () => {
  test('keep the _meta of the client and gain what it said when it connected', () => {
    const params = { name: 'a', _meta: { progressToken: 0, 'com.example/x': [1] } }
    expect(toModernParams('tools/call', params, WORD)).toEqual({
      name: 'a',
      _meta: {
        progressToken: 0,
        'com.example/x': [1],
        [META.protocolVersion]: '2026-07-28',
        [META.clientCapabilities]: { elicitation: {} },
        [META.clientInfo]: { name: 'c', version: '1' },
      },
    })
  })

  test('ask for log messages only when the client did', () => {
    const { _meta } = toModernParams('tools/list', {}, { ...WORD, logLevel: 'error' })
    expect(_meta).toMatchObject({ [META.logLevel]: 'error' })
    expect(Object.keys(toModernParams('tools/list', {}, WORD)._meta as object)).not.toContain(
      META.logLevel,
    )
  })

  test('do not let a client declare in a request what it did not declare in its session', () => {
    const params = { _meta: { [META.clientCapabilities]: { sampling: {} } } }
    expect(toModernParams('tools/list', params, WORD)._meta).toMatchObject({
      [META.clientCapabilities]: { elicitation: {} },
    })
  })

  test('make an ordinary call of one that asks to become a task', () => {
    const call = toModernParams('tools/call', { name: 'a', task: { ttl: 1 } }, WORD)
    expect(call).not.toHaveProperty('task')
    expect(toModernParams('vendor/x', { task: 1 }, WORD)).toHaveProperty('task', 1)
  })
})
