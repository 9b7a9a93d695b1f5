import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { jsonFault } from '../../src/lib/json-fault.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('what keeps a text from being JSON', () => {
  test.each([
    ['{"a": oops}', 6, 'expected a value; text stands in double quotes'],
    ['{"a" 1}', 5, 'expected :'],
    ['{"a": 1 "b": 2}', 8, 'expected , or }'],
    ['[1 2]', 3, 'expected , or ]'],
    ["{'a': 1}", 1, 'expected a name in double quotes'],
    ['{"a": 1,}', 8, 'expected a name in double quotes'],
    ['[1,]', 3, 'expected a value'],
    ['{"a": 1, "\\u0061": 2}', 9, '"a" stands here twice'],
    ['01', 1, 'expected a number such as -1.5e3'],
    ['{} x', 3, 'expected nothing more'],
    ['"a\tb"', 2, 'expected \\n or the like for what is no sign'],
    ['"\\x"', 1, 'expected \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u0000'],
    ['\u00a0{}', 0, 'expected a value'],
  ])('%s is told at its place', (text, at, sentence) => {
    expect(jsonFault(text)).toEqual({ at, sentence, unfinished: false })
  })

  test('nesting has an end', () => {
    const deep = `${'['.repeat(65)}${']'.repeat(65)}`
    expect(jsonFault(deep)).toMatchObject({ at: 64, sentence: 'nested too deep' })
    expect(jsonFault(deep.slice(1, -1))).toBeUndefined()
    expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ sentence: 'nested too deep' })
  })

  test('whatever is JSON is fine, and every beginning of it is only unfinished', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        expect(jsonFault(text)).toBeUndefined()
        const begun = text.slice(0, cut % text.length)
        const fault = jsonFault(begun)
        // 12 of 123 is JSON too.
        if (fault === undefined) expect(isJson(begun)).toBe(true)
        else expect(fault).toMatchObject({ unfinished: true, at: begun.length })
      }),
    )
  })

  test('it says no wherever the parser does, with a place inside of the text', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '1', '-', '.', 'e', 'true', 'x']
    const texts = fc.array(fc.constantFrom(...pieces, ' ', '\n', '0'), { maxLength: 12 })
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('')
        const fault = jsonFault(text)
        if (fault === undefined) expect(isJson(text)).toBe(true)
        else {
          expect(fault.at).toBeGreaterThanOrEqual(0)
          expect(fault.at).toBeLessThanOrEqual(text.length)
          if (!fault.sentence.includes('twice')) expect(isJson(text)).toBe(false)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
