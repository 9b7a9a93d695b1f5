import { describe, expect, test } from 'bun:test'
import { createDecisionPoint } from '../../src/policy/decision-point.ts'
import type { Line } from '../../src/policy/line.ts'
import { loadPolicy, missingPolicy } from '../../src/policy/policy-file.ts'
import { assertSound, PolicyUnsound } from '../../src/policy/self-test.ts'
import { pointOf, README_POLICY } from './people.ts'

describe('row 42: before a policy is put to work', () => {
  test.each([
    ["the original's", README_POLICY],
    ['an open one', 'default_policy: allow'],
    ['one that denies everything', 'rules: [{condition: {user: "*"}, action: deny}]'],
    ['one that permits everything', 'rules: [{condition: {user: "*"}, action: allow}]'],
  ])('%s is sound', (_name, text) => {
    expect(() => assertSound(pointOf(text))).not.toThrow()
  })

  test('no policy is sound', () => {
    expect(() => assertSound(createDecisionPoint(missingPolicy('p')))).not.toThrow()
  })

  test.each([
    [
      'permits everything',
      (lines: readonly Line[]) => () => lines.find((line) => line.source.effect === 'allow'),
    ],
    [
      'throws',
      () => () => {
        throw new Error('broken')
      },
    ],
    ['answers "false"', () => () => 'false' as never],
  ])('an engine that %s is refused', (_name, judgeOf) => {
    const point = createDecisionPoint(loadPolicy(README_POLICY, 'p'), { judgeOf })
    expect(() => assertSound(point)).toThrow(PolicyUnsound)
  })
})
