import { expect, test } from 'bun:test'
import { META } from '../../src/core/protocol.ts'
import { createDemoServer } from '../../src/demo/server.ts'
import { until } from '../support/until.ts'
import { connectIn, connectPeer, ENVELOPE, instant } from './peer.ts'

test('discover tells versions, capabilities and who it is', async () => {
  const { ask } = await connectIn('modern')
  expect((await ask('server/discover')).result).toEqual({
    supportedVersions: ['2026-07-28'],
    capabilities: {
      tools: { listChanged: true },
      resources: { listChanged: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    },
    instructions: expect.any(String),
    resultType: 'complete',
    ttlMs: 300_000,
    cacheScope: 'public',
    _meta: {
      [META.serverInfo]: { name: 'datacline-demo', title: 'datacline demo', version: '1.0.0' },
    },
  })
})

test('every result is complete and says who answered, cacheable ones say for how long', async () => {
  const { ask } = await connectIn('modern')
  const results = {
    'tools/list': {},
    'prompts/list': {},
    'resources/list': {},
    'resources/templates/list': {},
    'resources/read': { uri: 'demo://docs/welcome' },
    'tools/call': { name: 'echo', arguments: { text: 'x' } },
    'prompts/get': { name: 'tour' },
  }
  for (const [method, params] of Object.entries(results)) {
    const { result } = await ask(method, params)
    expect(result.resultType).toBe('complete')
    expect(result._meta[META.serverInfo].name).toBe('datacline-demo')
    const cacheable = method.endsWith('/list') || method === 'resources/read'
    expect('ttlMs' in result && 'cacheScope' in result).toBe(cacheable)
  }
})

test.each([
  ['an unknown version', { [META.protocolVersion]: '2099-01-01' }, -32022],
  ['a version that is no string', { [META.protocolVersion]: 3 }, -32602],
  ['no capabilities', { [META.clientCapabilities]: undefined }, -32602],
  ['capabilities that are no object', { [META.clientCapabilities]: [] }, -32602],
  ['an unknown log level', { [META.logLevel]: 'loud' }, -32602],
])('an envelope with %s is refused', async (_, change, code) => {
  const peer = connectPeer()
  const { error } = await peer.request('tools/list', { _meta: { ...ENVELOPE, ...change } })
  expect(error?.code).toBe(code)
  if (code === -32022) {
    expect(error?.data).toEqual({ supported: ['2026-07-28'], requested: '2099-01-01' })
  }
})

test.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe'])(
  '%s is no method of the modern era',
  async (method) => {
    const { ask } = await connectIn('modern')
    expect((await ask(method)).error?.code).toBe(-32601)
  },
)

test('a resource that is not there has the code of its era', async () => {
  const { ask } = await connectIn('modern')
  const { error } = await ask('resources/read', { uri: 'demo://users/99' })
  expect(error).toMatchObject({ code: -32602, data: { uri: 'demo://users/99' } })
})

test('both eras may share one connection, request by request', async () => {
  const peer = await connectIn('legacy')
  const modern = await peer.request('tools/list', { _meta: ENVELOPE })
  const legacy = await peer.request('tools/list')
  expect(modern.result.tools).toEqual(legacy.result.tools)
  expect(modern.result.resultType).toBe('complete')
  expect(legacy.result.resultType).toBeUndefined()
})

test('a subscription is acknowledged, told of changes, and ended by cancelling', async () => {
  const server = createDemoServer(instant)
  const peer = await connectIn('modern', server)
  const wanted = { resourcesListChanged: true, toolsListChanged: true, taskIds: ['x'] }
  void peer.ask('subscriptions/listen', { notifications: wanted }, 'listen-1')
  await until(() => peer.heard.length > 0)
  const _meta = { [META.subscriptionId]: 'listen-1' }
  expect(peer.heard).toEqual([
    {
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true, resourcesListChanged: true }, _meta },
    } as never,
  ])
  await peer.callTool('delete_user', { id: '1' })
  expect(peer.heard.at(-1)).toMatchObject({
    method: 'notifications/resources/list_changed',
    params: { _meta },
  })
  peer.notify('notifications/cancelled', { requestId: 'listen-1' })
  await peer.callTool('delete_user', { id: '2' })
  expect(peer.heard.length).toBe(2)
})

test('a subscription that did not ask for resources is not told of them', async () => {
  const peer = await connectIn('modern')
  void peer.ask('subscriptions/listen', { notifications: { promptsListChanged: true } })
  await peer.callTool('delete_user', { id: '1' })
  expect(peer.heard.length).toBe(1)
  expect((await peer.ask('subscriptions/listen')).error?.code).toBe(-32602)
})
