import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  decodeUtf8,
  memberSpans,
  parseStrictJson,
  readStrictJson,
  StrictJsonError,
  splice,
} from '../../src/lib/strict-json.ts'

describe('strict JSON', () => {
  test.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a key twice, deep inside', '{"x":[{"y":{"b":1,"b":1}}]}'],
    ['a byte order mark', '\ufeff{}'],
    ['two values', '{} {}'],
    ['nothing', ''],
    ['an open string', '{"a'],
    ['a trailing comma', '{"a":1,}'],
    ['deeper than allowed', `${'['.repeat(65)}${']'.repeat(65)}`],
  ])('%s is refused', (_name, text) => {
    expect(() => parseStrictJson(text)).toThrow(StrictJsonError)
  })

  test('a key among many is still found twice', () => {
    const many = Array.from({ length: 40 }, (_, index) => `"k${index}":1`).join(',')
    expect(() => parseStrictJson(`{${many},"k3":2}`)).toThrow('duplicate key "k3"')
  })

  test('a string that looks like structure is no structure', () => {
    expect(parseStrictJson('{"a":"{\\"a\\":1,","b":"]}\\\\"}')).toEqual({ a: '{"a":1,', b: ']}\\' })
  })

  test('invalid UTF-8 is refused', () => {
    expect(() => decodeUtf8(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(StrictJsonError)
  })

  test('every JSON value reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('spans hold the exact text of each element of an outermost array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const elements = [...memberSpans(text)].map(([index, span]) => [
          index,
          JSON.parse(text.slice(...span)),
        ])
        const expected = [...(JSON.parse(text) as unknown[]).entries()]
        expect(elements).toEqual(expected.map(([index, entry]) => [String(index), entry]))
      }),
    )
  })

  test('spans hold the exact text of each outermost member, and splicing one changes only that', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(object, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const parsed = JSON.parse(text) as Record<string, unknown>
        const spans = memberSpans(text)
        expect([...spans.keys()].sort()).toEqual(Object.keys(parsed).sort())
        for (const [key, span] of spans) {
          expect(JSON.parse(text.slice(...span))).toEqual(parsed[key])
          const expected = { ...parsed, [key]: 'spliced' }
          if (key === '__proto__') continue
          expect(JSON.parse(splice(text, span, '"spliced"'))).toEqual(expected)
        }
        expect(readStrictJson(text).spans).toEqual(spans)
      }),
    )
  })
})
