import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createTokenCache, tokenDigest } from '../../src/auth/token-cache.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { createClock, createGate, LOCAL } from '../support/issuer-authenticator.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())

describe('the cache of verified tokens', () => {
  const principal = localPrincipal('alice', 'local-developer')
  const token = { principal, generation: 1, until: 100 }

  test('forgets the least recently used beyond its size', () => {
    const cache = createTokenCache(2)
    cache.set('a', token)
    cache.set('b', token)
    cache.get('a', 1, 0)
    cache.set('c', token)
    expect(['a', 'b', 'c'].map((digest) => cache.get(digest, 1, 0) !== undefined)).toEqual([
      true,
      false,
      true,
    ])
  })

  test('forgets a token at its end, and when the keys have changed', () => {
    const cache = createTokenCache(9)
    cache.set('a', token)
    expect(cache.get('a', 1, 99)).toBe(principal)
    expect(cache.get('a', 1, 100)).toBeUndefined()
    cache.set('a', token)
    expect(cache.get('a', 2, 0)).toBeUndefined()
    expect(cache.get('a', 1, 0)).toBeUndefined()
  })

  test('knows tokens by SHA-256 alone', () => {
    expect(tokenDigest('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
  })
})

describe('a token used again', () => {
  test('is answered at once, without verifying', async () => {
    const clock = createClock()
    const gate = createGate(issuer, clock.now)
    const authorization = `Bearer ${await issuer.token()}`
    const first = await gate.authenticate(authorization, LOCAL)
    expect(gate.authenticate(authorization, LOCAL)).toBe(first)
  })

  test('F14: an expired token is refused from the cache too', async () => {
    const clock = createClock()
    const gate = createGate(issuer, clock.now)
    const token = await issuer.token({ iat: clock.seconds(), exp: clock.seconds() + 3 })
    expect(await gate.verdict(token)).toBe('accepted')
    clock.advance(7.9)
    expect(await gate.verdict(token)).toBe('accepted')
    clock.advance(0.1)
    expect(await gate.verdict(token)).toBe('expired')
  })

  test('is verified again when its time in the cache is over', async () => {
    const clock = createClock()
    const gate = createGate(issuer, clock.now, { cacheSeconds: 60 })
    const authorization = `Bearer ${await issuer.token()}`
    const first = await gate.authenticate(authorization, LOCAL)
    clock.advance(60)
    const again = await gate.authenticate(authorization, LOCAL)
    expect(again).toEqual(first)
    expect(again).not.toBe(first)
  })

  test('row 43: is refused at once when its id is revoked, cached or not', async () => {
    const clock = createClock()
    const revoked = new Set<string>()
    const gate = createGate(issuer, clock.now, { revoked: (id) => revoked.has(id) })
    const token = await issuer.token({ jti: 'lost' })
    expect(await gate.verdict(token)).toBe('accepted')
    revoked.add('lost')
    expect(await gate.verdict(token)).toBe('revoked')
    clock.advance(400)
    const fresh = await issuer.token({ jti: 'lost', exp: clock.seconds() + 60 })
    expect(await gate.verdict(fresh)).toBe('revoked')
  })

  test('row 44: is refused as soon as a refresh no longer finds its key', async () => {
    const rotating = await startIssuer()
    const gate = createGate(rotating, createClock().now)
    const token = await rotating.token()
    expect(await gate.verdict(token)).toBe('accepted')
    await rotating.rotate()
    expect(await gate.verdict(token)).toBe('accepted')
    expect(await gate.keys.refresh()).toEqual({ state: 'up', problem: undefined })
    expect(await gate.verdict(token)).toBe('unknown_key')
    await rotating.close()
  })

  test('survives a refresh that brings the same keys', async () => {
    const gate = createGate(issuer, createClock().now)
    const authorization = `Bearer ${await issuer.token()}`
    const first = await gate.authenticate(authorization, LOCAL)
    await gate.keys.refresh()
    expect(gate.authenticate(authorization, LOCAL)).toBe(first)
  })
})
