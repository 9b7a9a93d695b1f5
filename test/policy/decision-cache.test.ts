import { describe, expect, test } from 'bun:test'
import type { Principal } from '../../src/core/principal.ts'
import { createViews } from '../../src/policy/decision-cache.ts'
import { createAsker } from '../../src/policy/question.ts'
import { call, person, pointOf, README_POLICY } from './people.ts'

const viewsOf = (limit: number) => {
  const askers: Principal[] = []
  const viewOf = createViews<object>((principal) => {
    askers.push(principal)
    return createAsker(principal, [], [])
  }, limit)
  return { askers, viewOf }
}

describe('what was answered is remembered', () => {
  test('for the same principal, and for an equal one of another request', () => {
    const { askers, viewOf } = viewsOf(100)
    const ann = person('ann')
    expect(viewOf(ann)).toBe(viewOf(ann))
    expect(viewOf(person('ann'))).toBe(viewOf(ann))
    expect(askers).toHaveLength(1)
  })

  test.each<readonly [string, Partial<Principal>]>([
    ['another issuer', { issuer: 'https://elsewhere.example.com' }],
    ['another role', { clientRoles: ['admin'] }],
    ['the same name as a realm role', { realmRoles: ['admin'] }],
    ['the same name as a group', { groups: ['admin'] }],
    ['a verified email', { verifiedEmail: 'ann@example.com' }],
    ['a built-in role', { builtInRole: 'local-developer' }],
  ])('apart for one with %s', (_name, claims) => {
    const { viewOf } = viewsOf(100)
    expect(viewOf(person('ann', claims))).not.toBe(viewOf(person('ann')))
  })

  test('by all three names, made once', () => {
    const { items } = viewsOf(100).viewOf(person('ann'))
    const once = items('a', 'b', 'c', () => ({}))
    expect(items('a', 'b', 'c', () => ({}))).toBe(once)
    for (const [first, second, third] of [
      ['x', 'b', 'c'],
      ['a', 'x', 'c'],
      ['a', 'b', 'x'],
      ['ab', '', 'c'],
    ] as const) {
      expect(items(first, second, third, () => ({}))).not.toBe(once)
    }
  })

  test('but not for long names, and not beyond the limit', () => {
    const { askers, viewOf } = viewsOf(10)
    const ann = person('ann')
    const { items } = viewOf(ann)
    const long = 'x'.repeat(300)
    expect(items('a', 'b', long, () => ({}))).not.toBe(items('a', 'b', long, () => ({})))
    for (let at = 0; at < 10; at++) items('a', 'b', `${at}`, () => ({}))
    viewOf(ann)
    expect(askers).toHaveLength(2)
  })
})

test('a cache that overflows all the time changes no answer', () => {
  const small = pointOf(README_POLICY, { cacheLimit: 3 })
  const large = pointOf(README_POLICY)
  const people = ['dev@example.com', 'admin@example.com', 'x'].map((name) => person(name))
  for (let round = 0; round < 60; round++) {
    const who = people[round % 3] ?? person('x')
    const operation = call(round % 2 ? 'dev-server' : 'prod-server', `tool-${round % 7}`)
    expect(small.decide(who, operation)).toEqual(large.decide(who, operation))
  }
})
