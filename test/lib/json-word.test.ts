import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { JSON_WORDS, mayHoldWord } from '../../src/lib/json-word.ts'

/** A character as JSON may write it: as it is, or as an escape in either case. */
const SPELLINGS = [
  (character: string) => character,
  (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
] as const
const word = fc.constantFrom(...JSON_WORDS)
const spelling = fc.infiniteStream(fc.constantFrom(...SPELLINGS))
const written = fc.tuple(word, spelling).map(([meant, spell]) => ({
  meant,
  text: [...meant].map((letter) => (spell.next().value ?? String)(letter)).join(''),
}))

test('a word is never missed, however its letters are spelled', () => {
  fc.assert(
    fc.property(fc.array(written, { minLength: 1 }), fc.string(), (words, before) => {
      const members = words.map(({ text }, index) => `"${text}":${index}`)
      const text = `{${JSON.stringify(before)}:1,${members.join(',')}}`
      for (const { meant } of words) {
        expect(Object.keys(JSON.parse(text))).toContain(meant)
        expect(mayHoldWord(text, meant)).toBe(true)
      }
    }),
  )
})

test('what is told of one text is not what was told of another', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
      for (const [held, asked] of pairs) {
        expect(mayHoldWord(JSON.stringify({ [held]: 1 }), asked)).toBe(held === asked)
      }
    }),
  )
})

test('a text in another language, or with what web pages escape, need not be read for its words', () => {
  const text = String.raw`{"name":"\u00e9\u4f60\u003cb\u003e\u0026\u001b"}`
  expect(mayHoldWord(text, 'method')).toBe(false)
})
