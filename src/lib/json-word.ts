/** An ASCII letter or a low line that is written as an escape (RFC 8259 §7), as hardly anybody does. */
const DISGUISED = /\\u00(?:[46][1-9a-f]|[57][0-9a]|5f)/i

/**
 * Whether a JSON text may hold this word as a member's name or as a string. False only when it holds it
 * in no spelling, so that most texts need not be parsed to find out.
 *
 * @param word of ASCII letters and low lines
 */
export const mayHoldWord = (text: string, word: string): boolean =>
  text.includes(`"${word}"`) || (text.includes('\\u00') && DISGUISED.test(text))
