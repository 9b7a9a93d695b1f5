import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { printable } from '../../src/core/printable.ts'

test.each([
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['a\nb', 'a\\u{a}b'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['plain, wörld 世界 👍', 'plain, wörld 世界 👍'],
])('%j shows as %j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('no text brings a control character to the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }),
  )
})
