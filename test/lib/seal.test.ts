import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSeal } from '../../src/lib/seal.ts'

test('a value comes back as it was, and only for its purpose', () => {
  const seal = createSeal(() => 0)
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue(), (purpose, other, value) => {
      const sealed = seal.close(purpose, value, 1)
      expect(JSON.stringify(seal.open(purpose, sealed))).toBe(JSON.stringify(value))
      if (other !== purpose) expect(seal.open(other, sealed)).toBeUndefined()
    }),
  )
})

test('a changed, cut, foreign or invented text opens nothing', () => {
  const seal = createSeal(() => 0)
  const sealed = seal.close('cursor', { page: 2 }, 1000)
  const bytes = Buffer.from(sealed, 'base64url')
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(seal.open('cursor', changed.toString('base64url'))).toBeUndefined()
    expect(seal.open('cursor', bytes.subarray(0, at).toString('base64url'))).toBeUndefined()
  }
  expect(createSeal(() => 0).open('cursor', sealed)).toBeUndefined()
  fc.assert(fc.property(fc.string(), (text) => seal.open('cursor', text) === undefined))
})

test('what is too old opens nothing', () => {
  let time = 5
  const seal = createSeal(() => time)
  const sealed = seal.close('park', 1, 10)
  time = 14
  expect(seal.open('park', sealed)).toBe(1)
  time = 15
  expect(seal.open('park', sealed)).toBeUndefined()
})
