import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseAssignment } from '../../../src/cli/parameters/assignment.ts'

describe('an assignment', () => {
  test.each([
    ['a=1', { path: ['a'], meaning: 'typed', text: '1', isFile: false }],
    ['a:=1', { path: ['a'], meaning: 'json', text: '1', isFile: false }],
    ['a==1', { path: ['a'], meaning: 'text', text: '1', isFile: false }],
    ['a=@f', { path: ['a'], meaning: 'text', text: 'f', isFile: true }],
    ['a:=@f', { path: ['a'], meaning: 'json', text: 'f', isFile: true }],
    ['a==@f', { path: ['a'], meaning: 'text', text: '@f', isFile: false }],
    ['a.b.c=1', { path: ['a', 'b', 'c'] }],
    ['a[]=1', { path: ['a'], append: true }],
    ['a.b[]:=1', { path: ['a', 'b'], append: true, meaning: 'json' }],
    ['a\\.b=1', { path: ['a.b'] }],
    ['a\\=b=1', { path: ['a=b'], text: '1' }],
    ['a\\[\\]=1', { path: ['a[]'], append: false }],
    ['a\\:=1', { path: ['a:'], meaning: 'typed' }],
    ['a:b=1', { path: ['a:b'], text: '1' }],
    ['a=b=c', { text: 'b=c' }],
    ['a=', { text: '' }],
    ['a=\\n', { text: '\\n' }],
    ['C:\\x=1', { path: ['C:\\x'] }],
  ])('%s', (word, expected) => {
    expect(parseAssignment(word)).toMatchObject(expected)
  })

  test.each(['a', '=1', '', 'a..b=1', '.a=1', '[]=1'])('%p is none', (word) => {
    expect(() => parseAssignment(word)).toThrow()
  })

  test('any key and value survive, the key escaped', () => {
    const key = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(key, fc.string(), (name, value) => {
        const escaped = name.replace(/[=:.[\]\\]/g, '\\$&')
        const read = parseAssignment(`${escaped}==${value}`)
        expect(read).toMatchObject({ path: [name], append: false, meaning: 'text', text: value })
      }),
    )
  })
})
