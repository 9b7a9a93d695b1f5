/** The words that are looked for in what servers say. */
export const JSON_WORDS = [
  'cacheScope',
  'error',
  'input_required',
  'isError',
  'method',
  'requestState',
  'result',
  'taskId',
] as const

export type JsonWord = (typeof JSON_WORDS)[number]

const QUOTED = new RegExp(`"(${JSON_WORDS.join('|')})(?=")`, 'g')
/** An ASCII letter or a low line that is written as an escape (RFC 8259 §7), as hardly anybody does. */
const DISGUISED = /\\u00(?:[46][1-9a-f]|[57][0-9a]|5f)/i

/**
 * Whether a JSON text may hold this word as a member's name or as a string. False only when it holds it
 * in no spelling, so that most texts need not be parsed to find out.
 */
export const mayHoldWord = (text: string, word: JsonWord): boolean => {
  if (last.text !== text) last = { text, words: wordsIn(text) }
  return last.words.has(word)
}

/** One text is asked about by one stage after the other, and a long one is read but once. */
let last: Readonly<{ text: string; words: ReadonlySet<unknown> }> = { text: '', words: new Set() }

const ALL: ReadonlySet<unknown> = new Set(JSON_WORDS)

const wordsIn = (text: string): ReadonlySet<unknown> => {
  if (text.includes('\\') && DISGUISED.test(text)) return ALL
  const found = new Set<unknown>()
  for (const [, word] of text.matchAll(QUOTED)) {
    found.add(word)
    if (found.size === JSON_WORDS.length) break
  }
  return found
}
