import { RE2JS, RE2JSException } from 're2js'

/** A pattern that cannot be compiled; the message is one sentence about it. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/**
 * A regular expression with RE2 semantics: linear in the text whatever the pattern. The built-in RegExp
 * gives up on hard inputs and answers "no match", which would let a denied name through.
 */
export type LinearPattern = Readonly<{
  /** Found anywhere in the text or in its NFKC form, ignoring case; `.` is any character at all. */
  searches: (text: string) => boolean
  /** Matches the whole text exactly as written, case-sensitive. */
  matchesWhole: (text: string) => boolean
}>

/** Longest pattern, in UTF-16 units. */
export const MAX_PATTERN_LENGTH = 1000

/**
 * Compiles a pattern of RE2's syntax (no look-around, no back-references, repeats up to 1000).
 *
 * @throws PatternError saying in one sentence what is wrong
 */
export const compilePattern = (pattern: string): LinearPattern => {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`is longer than ${MAX_PATTERN_LENGTH} characters`)
  }
  const exact = compile(pattern, 0)
  const generous = generousForms(pattern)
  return {
    searches: (text) => {
      const normal = text.normalize('NFKC')
      return generous.some((form) => form.test(text) || (normal !== text && form.test(normal)))
    },
    matchesWhole: (text) => exact.testExact(text),
  }
}

const GENEROUS = RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL

/** The pattern as written and, where NFKC changes it into another valid pattern, that one too. */
const generousForms = (pattern: string): RE2JS[] => {
  const forms = [compile(pattern, GENEROUS)]
  const normal = pattern.normalize('NFKC')
  if (normal === pattern) return forms
  try {
    forms.push(compile(normal, GENEROUS))
  } catch {
    // A full-width asterisk becomes an operator in NFKC; the pattern as written still counts.
  }
  return forms
}

const compile = (pattern: string, flags: number): RE2JS => {
  try {
    return RE2JS.compile(pattern, flags)
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause
    const reason = cause.message.replace('error parsing regexp: ', '')
    throw new PatternError(`is no pattern that RE2 knows: ${reason}`, { cause })
  }
}
