import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { mayHoldWord } from '../../src/lib/json-word.ts'

const LETTERS = [...'ABCMNOPYZ_abcmnopyz'] as const

/** A character as JSON may write it: as it is, or as an escape in either case. */
const spelled = fc.constantFrom(
  (character: string) => character,
  (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
)
const word = fc.array(fc.tuple(fc.constantFrom(...LETTERS), spelled), { minLength: 1 })

test('a word is never missed, however its letters are spelled', () => {
  fc.assert(
    fc.property(word, fc.string(), (letters, before) => {
      const written = letters.map(([letter, spell]) => spell(letter)).join('')
      const text = `{${JSON.stringify(before)}:1,"${written}":2}`
      const meant = letters.map(([letter]) => letter).join('')
      expect(Object.keys(JSON.parse(text))).toContain(meant)
      expect(mayHoldWord(text, meant)).toBe(true)
    }),
  )
})

test('a text in another language, or with what web pages escape, need not be read for its words', () => {
  const text = String.raw`{"name":"\u00e9\u4f60\u003cb\u003e\u0026\u001b"}`
  expect(mayHoldWord(text, 'method')).toBe(false)
})
