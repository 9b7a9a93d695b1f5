import { afterEach, describe, expect, test } from 'bun:test'
import type { KeySetLimits } from '../../src/auth/jwks.ts'
import { createKeySet } from '../../src/auth/jwks.ts'
import { AuthenticationUnavailable } from '../../src/core/errors.ts'
import { type Issuer, type IssuerOptions, startIssuer } from '../support/issuer.ts'
import { createClock, createGate, REMOTE } from '../support/issuer-authenticator.ts'
import { createIssuerKey } from '../support/issuer-keys.ts'

const open: Issuer[] = []
afterEach(async () => {
  for (const issuer of open.splice(0)) await issuer.close()
})

const setUp = async (options: IssuerOptions = {}, limits: Partial<KeySetLimits> = {}) => {
  const issuer = await startIssuer({ keycloakRealm: 'mcp-gateway', ...options })
  open.push(issuer)
  const clock = createClock()
  const gate = createGate(issuer, clock.now, {}, limits)
  const fresh = () => issuer.token({ iat: clock.seconds(), exp: clock.seconds() + 60 })
  return { issuer, clock, gate, fresh, verdict: async () => gate.verdict(await fresh()) }
}

describe('reading the keys', () => {
  test('fifty callers at once cause one request', async () => {
    const { issuer, gate } = await setUp()
    const tokens = await Promise.all(Array.from({ length: 50 }, () => issuer.token()))
    const verdicts = await Promise.all(tokens.map(gate.verdict))
    expect(new Set(verdicts)).toEqual(new Set(['accepted']))
    expect(issuer.jwksFetches()).toBe(1)
  })

  test('F17: keys of any kind serve, also without use and alg', async () => {
    const keys = [
      await createIssuerKey('rsa', 'RS256', { shown: {} }),
      await createIssuerKey('ec', 'ES256', { shown: {} }),
      await createIssuerKey('ed', 'EdDSA', { shown: {} }),
    ]
    const { issuer, gate } = await setUp({ keys })
    for (const { kid } of keys) {
      expect(await gate.verdict(await issuer.token({}, { kid }))).toBe('accepted')
    }
  })

  test('a token without kid is accepted when only one key fits', async () => {
    const { issuer, gate } = await setUp({ keys: [await createIssuerKey('only', 'ES256')] })
    const token = await issuer.token({}, { header: { kid: undefined } })
    expect(await gate.verdict(token)).toBe('accepted')
  })

  test('keys are read again after a while, without making anyone wait', async () => {
    const { issuer, clock, gate, verdict } = await setUp()
    expect(await verdict()).toBe('accepted')
    clock.advance(299)
    expect(await verdict()).toBe('accepted')
    expect(issuer.jwksFetches()).toBe(1)
    clock.advance(1)
    issuer.trouble({ delay: 60 })
    expect(await verdict()).toBe('accepted')
    expect(gate.keys.isUsable()).toBe(true)
    await gate.keys.refresh()
    expect(issuer.jwksFetches()).toBe(2)
  })

  test('row 44: a withdrawn key is accepted no longer than the set may be stale', async () => {
    const { issuer, clock, gate } = await setUp()
    const old = await issuer.token({ exp: clock.seconds() + 3600 })
    expect(await gate.verdict(old)).toBe('accepted')
    await issuer.rotate()
    clock.advance(600)
    expect(await gate.verdict(old)).toBe('unknown_key')
  })
})

describe('an unknown key', () => {
  test('F15: a token of a new key is accepted at once', async () => {
    const { issuer, verdict } = await setUp()
    expect(await verdict()).toBe('accepted')
    await issuer.rotate()
    expect(await verdict()).toBe('accepted')
    expect(issuer.jwksFetches()).toBe(2)
  })

  test('row 11: any number of unknown keys causes one request in 30 seconds', async () => {
    const { issuer, clock, gate, verdict } = await setUp()
    await verdict()
    const spray = async () => {
      const kids = Array.from({ length: 100 }, () => ({ header: { kid: crypto.randomUUID() } }))
      const tokens = await Promise.all(kids.map((options) => issuer.token({}, options)))
      return new Set(await Promise.all(tokens.map(gate.verdict)))
    }
    expect(await spray()).toEqual(new Set(['unknown_key']))
    clock.advance(29)
    expect(await spray()).toEqual(new Set(['unknown_key']))
    expect(issuer.jwksFetches()).toBe(2)
    clock.advance(1)
    expect(await spray()).toEqual(new Set(['unknown_key']))
    expect(issuer.jwksFetches()).toBe(3)
  })

  test('F15: is no fault of the caller while the issuer cannot be asked', async () => {
    const { issuer, gate, verdict } = await setUp()
    await verdict()
    issuer.down(true)
    const token = await issuer.token({}, { header: { kid: 'new' } })
    expect(await gate.verdict(token)).toBe('authentication_unavailable')
    expect(await verdict()).toBe('accepted')
  })
})

describe('an issuer in trouble', () => {
  test('row 45: cold, nobody is let in, and the issuer is asked with growing pauses', async () => {
    const { issuer, clock, gate, verdict } = await setUp()
    issuer.down(true)
    expect(gate.keys.isUsable()).toBe(false)
    const first = await Promise.all(Array.from({ length: 20 }, verdict))
    expect(new Set(first)).toEqual(new Set(['authentication_unavailable']))
    const asked = issuer.requests()
    clock.advance(0.9)
    await verdict()
    expect(issuer.requests()).toBe(asked)
    clock.advance(0.1)
    await verdict()
    expect(issuer.requests()).toBe(asked * 2)
    clock.advance(1.9)
    await verdict()
    expect(issuer.requests()).toBe(asked * 2)
    issuer.down(false)
    clock.advance(0.1)
    expect(await verdict()).toBe('accepted')
  })

  test('tells callers when to come back, and nothing of why', async () => {
    const { issuer, gate, fresh } = await setUp()
    issuer.down(true)
    const authorization = `Bearer ${await fresh()}`
    const refusal = await Promise.resolve(gate.authenticate(authorization, REMOTE)).catch(
      (cause: unknown) => cause,
    )
    expect(refusal).toBeInstanceOf(AuthenticationUnavailable)
    expect(refusal).toMatchObject({ status: 503, retryAfter: 1 })
    expect(String(refusal)).not.toContain(issuer.url)
  })

  test('row 45: the last good keys serve for ten minutes, then nobody is let in', async () => {
    const { issuer, clock, gate, verdict } = await setUp()
    const token = await issuer.token({ exp: clock.seconds() + 3600 })
    expect(await gate.verdict(token)).toBe('accepted')
    issuer.down(true)
    clock.advance(599)
    expect(await verdict()).toBe('accepted')
    expect(await gate.verdict(token)).toBe('accepted')
    clock.advance(1)
    expect(await verdict()).toBe('authentication_unavailable')
    expect(await gate.verdict(token)).toBe('authentication_unavailable')
  })

  test('the status says how it goes, and asking it makes the gateway look again', async () => {
    const { issuer, clock, gate } = await setUp()
    expect(gate.keys.status()).toEqual({ state: 'unknown', problem: undefined })
    expect(await gate.keys.refresh()).toEqual({ state: 'up', problem: undefined })
    issuer.down(true)
    expect(await gate.keys.refresh()).toMatchObject({ state: 'stale' })
    clock.advance(601)
    expect(await gate.keys.refresh()).toEqual({
      state: 'down',
      problem: expect.stringContaining(`${issuer.jwksUrl} answered HTTP 503`),
    })
    issuer.down(false)
    clock.advance(15)
    expect(gate.keys.status().state).toBe('down')
    for (let turn = 0; turn < 200 && gate.keys.status().state === 'down'; turn++) await Bun.sleep(5)
    expect(gate.keys.status().state).toBe('up')
  })

  test.each([
    ['is not JSON', 'sorry'],
    ['is no key set', '{"keys":"none"}'],
    ['is an array', '[]'],
    ['holds no keys', '{"keys":[]}'],
    ['holds only secrets', '{"keys":[{"kty":"oct","k":"AAAA"}]}'],
    ['names a key twice', '{"keys":[{"kty":"RSA"}],"keys":[{"kty":"RSA"}]}'],
    ['is too large', `{"keys":[{"kty":"RSA","n":"${'A'.repeat(300_000)}"}]}`],
  ])('an answer that %s leaves the last good keys in place', async (_, body) => {
    const { issuer, gate, verdict } = await setUp()
    await verdict()
    issuer.trouble({ body })
    expect(await gate.keys.refresh()).toMatchObject({ state: 'stale' })
    expect(gate.keys.generation()).toBe(1)
    expect(await verdict()).toBe('accepted')
  })

  test('an issuer that does not answer in time is down', async () => {
    const { issuer, verdict } = await setUp({}, { timeoutMilliseconds: 30 })
    issuer.trouble({ delay: 300 })
    expect(await verdict()).toBe('authentication_unavailable')
  })

  test('an answer that never ends is given up', async () => {
    const endless = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(new ReadableStream({ start: (c) => c.enqueue('{"keys":[') })),
    })
    const jwksUrl = `http://127.0.0.1:${endless.port}/jwks`
    const limits = { timeoutMilliseconds: 50 }
    const keys = createKeySet({
      issuer: 'https://i.example',
      jwksUrl,
      fetch,
      tick: () => 0,
      limits,
    })
    expect(await keys.refresh()).toMatchObject({ state: 'down' })
    await endless.stop(true)
  })

  test('a redirect is not followed', async () => {
    let hits = 0
    const elsewhere = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        hits += 1
        return new URL(request.url).pathname === '/jwks'
          ? Response.redirect('/keys', 302)
          : Response.json({ keys: [{ kty: 'RSA' }] })
      },
    })
    const jwksUrl = `http://127.0.0.1:${elsewhere.port}/jwks`
    const keys = createKeySet({ issuer: 'https://i.example', jwksUrl, fetch, tick: () => 0 })
    expect(await keys.refresh()).toMatchObject({ problem: `${jwksUrl} answered HTTP 302` })
    expect(hits).toBe(1)
    await elsewhere.stop(true)
  })
})
