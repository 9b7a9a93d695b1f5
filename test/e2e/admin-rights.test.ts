import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const policy = (ofAda: string) => `
roles:
  watcher: { permissions: [{ resource: gateway, actions: ["gateway:observe"] }] }
  caller: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  ada: [${ofAda}]
  bob: [watcher]
  cyd: [caller]
`

let issuer: Issuer
let gateway: Gateway
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  gateway = await startGateway({
    args: ['--demo'],
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    policy: policy('watcher, caller'),
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await issuer?.close()
})

const tokenOf = (username: string, claims: Record<string, unknown> = {}) =>
  issuer.token({ sub: username, preferred_username: username, ...claims })

const admin = (path: string, token: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(init.headers as Record<string, string>),
    },
  })

const HASH = '0'.repeat(64)
const WRITING = [
  ['/admin/policy/preview', { event: 1, effect: 'allow' }],
  ['/admin/policy/rules', { event: 1, effect: 'allow', scope: 'this', expect: HASH }],
  ['/admin/policy/undo', { expect: HASH }],
] as const
const READING = ['/admin/events?limit=1', '/admin/events/1', '/admin/snapshot']

test('who may observe reads everything and writes nothing; who may call tools does neither', async () => {
  const watcher = await tokenOf('bob')
  for (const path of READING) expect((await admin(path, watcher)).status).toBe(200)
  const caller = await tokenOf('cyd')
  for (const path of READING) expect((await admin(path, caller)).status).toBe(403)
  for (const token of [watcher, caller]) {
    for (const [path, asked] of WRITING) {
      const { status } = await admin(path, token, { method: 'POST', body: JSON.stringify(asked) })
      expect([path, status]).toEqual([path, 403])
    }
    expect((await admin('/admin/sessions/abcd1234', token, { method: 'DELETE' })).status).toBe(403)
  }
})

test('a feed ends with the token of who reads it', async () => {
  const exp = Math.ceil(Date.now() / 1000) + 1
  const feed = await admin('/admin/events', await tokenOf('bob', { exp, iat: exp - 60 }))
  expect(feed.status).toBe(200)
  // It would never end by itself.
  await feed.text()
})

test('a feed ends when the policy no longer lets its reader observe; the others go on', async () => {
  const [ada, bob] = await Promise.all([tokenOf('ada'), tokenOf('bob')])
  const end = new AbortController()
  const others = await admin('/admin/events', bob, { signal: end.signal })
  const feed = await admin('/admin/events?bodies=1', ada)
  const log = await admin('/admin/servers/demo/logs?follow=1', ada)
  expect([feed.status, log.status, others.status]).toEqual([200, 200, 200])
  await writeFile(join(gateway.directory, 'policies/policy.yaml'), policy('caller'))
  await Promise.all([feed.text(), log.text()])
  expect((await admin('/admin/events', ada)).status).toBe(403)

  let heard = ''
  const decoder = new TextDecoder()
  for await (const bytes of others.body ?? []) {
    heard += decoder.decode(bytes, { stream: true })
    if (heard.includes('"status":"denied"')) break
  }
  end.abort()
  // Lists of servers are no news to who watches the gateway.
  expect(heard).not.toContain('list_changed')
})
