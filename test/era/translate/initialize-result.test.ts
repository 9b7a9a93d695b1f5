import { describe, expect, test } from 'bun:test'
import { META } from '../../../src/core/protocol.ts'
import { toInitializeResult } from '../../../src/era/translate/initialize-result.ts'

const DISCOVERED = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: { listChanged: true }, tasks: {}, extensions: { 'com.example/x': {} } },
  instructions: 'Be kind.',
  ttlMs: 1,
  cacheScope: 'public',
  vendor: 7,
  _meta: { [META.serverInfo]: { name: 'found', version: '2', title: 'Found' } },
}
const STRANGER = { name: 'datacline', version: '0' }

describe('the answer to initialize', () => {
  test('says what the discovery found, in the words of the legacy era', () => {
    expect(toInitializeResult(DISCOVERED, '2025-06-18', STRANGER)).toEqual({
      protocolVersion: '2025-06-18',
      capabilities: { tools: { listChanged: true }, extensions: { 'com.example/x': {} } },
      serverInfo: { name: 'found', version: '2', title: 'Found' },
      instructions: 'Be kind.',
      vendor: 7,
    })
  })

  test.each(['2026-07-28', '1999-01-01', undefined, 7])(
    'offers the latest legacy revision to a client that asks for %p',
    (requested) => {
      const { protocolVersion } = toInitializeResult(DISCOVERED, requested, STRANGER)
      expect(protocolVersion).toBe('2025-11-25')
    },
  )

  test('stands in for a server that does not say who it is', () => {
    const { serverInfo, capabilities } = toInitializeResult({}, '2025-11-25', STRANGER)
    expect({ serverInfo, capabilities }).toEqual({ serverInfo: STRANGER, capabilities: {} })
  })
})
