import { Type as t } from '@sinclair/typebox'
import { compileGlob, isLiteral } from './glob.ts'
import type { Kind, Question } from './question.ts'
import { fold } from './spellings.ts'

export type Effect = 'allow' | 'deny'

/** A condition of one rule, compiled. */
export type Condition = Readonly<{
  /** May throw: the rule then counts as matched when it denies, and as not matched when it allows. */
  holds: (question: Question) => boolean
  /** What the question has to compare, for people. */
  actual: (question: Question) => string
  /** Folded names of which the question must have one; undefined when globs or patterns are among them. */
  literals: Readonly<{ kind: Kind; names: readonly string[] }> | undefined
}>

/** One key that a rule's `condition` may have. */
export type ConditionKind = Readonly<{
  schema: typeof TextOrTexts
  /** @throws PatternError when an entry cannot be compiled */
  compile: (entries: readonly string[], effect: Effect) => Condition
}>

/** Every condition takes one text or a list of them, any of which is enough. */
export const TextOrTexts = t.Union(
  [t.String({ minLength: 1 }), t.Array(t.String({ minLength: 1 }), { minItems: 1 })],
  { errorMessage: 'a text or a list of texts' },
)

/**
 * A condition on names of one kind. Entries are globs (`*` is any run of characters). A rule that gives
 * access compares them as written; one that takes access away compares all spellings of a name, folded.
 *
 * @param canonical turns an entry into the names of this kind that it means
 */
export const nameCondition = (
  kind: Kind,
  canonical: (entry: string, effect: Effect) => readonly string[] = (entry) => [entry],
): ConditionKind => ({
  schema: TextOrTexts,
  compile: (entries, effect) => {
    const meant = entries.flatMap((entry) => canonical(entry, effect))
    const globs = meant.map((entry) => compileGlob(effect === 'deny' ? fold(entry) : entry))
    const namesOf = (question: Question) =>
      (effect === 'deny' ? question.folded : question.exact)[kind]
    return {
      holds: (question) => namesOf(question).some((name) => globs.some((glob) => glob(name))),
      actual: (question) => shownNames(question.exact[kind]),
      literals: meant.every(isLiteral) ? { kind, names: meant.map(fold) } : undefined,
    }
  },
})

const shownNames = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.join(', ')
