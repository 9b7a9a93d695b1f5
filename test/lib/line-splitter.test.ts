import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLineSplitter } from '../../src/lib/line-splitter.ts'

const split = (text: string, sizes: readonly number[], max = 1000) => {
  const lines: string[] = []
  let tooLong = 0
  const splitter = createLineSplitter(
    max,
    (line) => lines.push(Buffer.from(line).toString()),
    () => tooLong++,
  )
  const bytes = Buffer.from(text)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    splitter.push(bytes.subarray(at, at + size))
    at += size
  }
  splitter.end()
  return { lines, tooLong }
}

describe('splitting bytes into lines', () => {
  test('LF and CRLF end a line, empty lines are passed over, the rest counts at the end', () => {
    expect(split('a\r\n\n\r\nb\nc', [100])).toEqual({ lines: ['a', 'b', 'c'], tooLong: 0 })
  })

  test('a line beyond the limit is dropped whole, once, and the next is read', () => {
    const text = `${'x'.repeat(5000)}\nshort\n${'y'.repeat(1000)}\n`
    expect(split(text, [7])).toEqual({ lines: ['short', 'y'.repeat(1000)], tooLong: 1 })
  })

  test('however the bytes are cut, the same lines come out', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\r\n]/.test(text))
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(line), sizes, (lines, cuts) => {
        expect(split(lines.map((text) => `${text}\n`).join(''), cuts).lines).toEqual(lines)
      }),
    )
  })
})
