import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseLossless } from '../../src/lib/lossless-json.ts'

test.each(['12345678901234567890', '1e400', '-0', '0.1', '[1.50,{"a":-1E-7}]', '{"__proto__":1}'])(
  '%s comes back with the same digits',
  (text) => {
    expect(JSON.stringify(parseLossless(text))).toBe(text)
  },
)

test('any JSON value survives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.stringify(parseLossless(text))).toBe(JSON.stringify(JSON.parse(text)))
    }),
  )
})
