import { describe, expect, test } from 'bun:test'
import { compilePattern, MAX_PATTERN_LENGTH, PatternError } from '../../src/lib/linear-pattern.ts'

describe('a pattern', () => {
  test.each([
    ['delete', 'xdelete_all', true, false],
    ['.*delete.*', 'DELETE_all', true, false],
    ['.*delete.*', 'x\ndelete', true, false],
    ['^delete$', 'delete', true, true],
    ['delete', 'ｄｅｌｅｔｅ', true, false],
    ['ｄｅｌｅｔｅ', 'delete', true, false],
    ['＊x', '＊x', true, true],
    ['a|ab', 'ab', true, true],
    ['read_.*', 'read_file', true, true],
    ['^read', 'pread', false, false],
    ['\\p{L}+', 'é', true, true],
  ])('%p on %p: found %p, whole %p', (pattern, text, found, whole) => {
    const { searches, matchesWhole } = compilePattern(pattern)
    expect([searches(text), matchesWhole(text)]).toEqual([found, whole])
  })

  test.each([
    ['(', 'is no pattern that RE2 knows: missing closing ): `(`'],
    ['(?=a)', 'is no pattern that RE2 knows: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'is no pattern that RE2 knows: invalid escape sequence: `\\1`'],
    ['a{1,2000}', 'is no pattern that RE2 knows: invalid repeat count: `{1,2000}`'],
    ['a'.repeat(MAX_PATTERN_LENGTH + 1), 'is longer than 1000 characters'],
  ])('%p is refused in one sentence', (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(new PatternError(message))
  })

  test('row 10: hard inputs are answered rightly and at once, where the built-in RegExp gives up', () => {
    const hard = compilePattern('^(?:(?:a+)+b|a+!)$')
    const start = performance.now()
    expect(hard.searches(`${'a'.repeat(2000)}!`)).toBe(true)
    expect(hard.matchesWhole(`${'a'.repeat(2000)}?`)).toBe(false)
    expect(performance.now() - start).toBeLessThan(100)
  })
})
