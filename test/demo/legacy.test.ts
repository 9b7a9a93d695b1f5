import { expect, test } from 'bun:test'
import { connectIn, connectPeer } from './peer.ts'

test.each([
  ['2025-11-25', '2025-11-25'],
  ['2025-06-18', '2025-06-18'],
  ['2025-03-26', '2025-03-26'],
  ['2024-11-05', '2024-11-05'],
  ['2026-07-28', '2025-11-25'],
  ['1999-01-01', '2025-11-25'],
])('a client that proposes %s gets %s', async (proposed, negotiated) => {
  const { result } = await connectPeer().request('initialize', {
    protocolVersion: proposed,
    capabilities: {},
    clientInfo: { name: 'peer', version: '1' },
  })
  expect(result.protocolVersion).toBe(negotiated)
  expect(result.serverInfo.name).toBe('datacline-demo')
  expect(Object.keys(result.capabilities).sort()).toEqual([
    'completions',
    'logging',
    'prompts',
    'resources',
    'tools',
  ])
})

test('before initialize only ping is answered', async () => {
  const peer = connectPeer()
  expect((await peer.request('ping')).result).toEqual({})
  expect((await peer.request('tools/list')).error).toMatchObject({
    code: -32602,
    data: { envelope: { problem: 'missing' } },
  })
  expect((await peer.request('initialize', {})).error?.code).toBe(-32602)
})

test('results carry nothing of the modern era', async () => {
  const { ask } = await connectIn('legacy')
  for (const method of ['tools/list', 'resources/list', 'prompts/list']) {
    const { result } = await ask(method)
    expect(Object.keys(result).length).toBe(1)
  }
  expect((await ask('server/discover')).error?.code).toBe(-32601)
})

test('a resource that is not there has the code of its era', async () => {
  const { ask } = await connectIn('legacy')
  expect((await ask('resources/read', { uri: 'demo://docs/nope' })).error).toEqual({
    code: -32002,
    message: 'Resource not found: demo://docs/nope',
    data: { uri: 'demo://docs/nope' },
  })
  expect((await ask('resources/read')).error?.code).toBe(-32602)
})
