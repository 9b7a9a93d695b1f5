import { compilePattern } from '../../lib/linear-pattern.ts'
import { type ConditionKind, TextOrTexts } from '../condition.ts'
import type { Question } from '../question.ts'

/**
 * A pattern (RE2) for the item's name, whatever its kind: a tool, a prompt, a resource's URI. In a deny
 * rule it is searched for anywhere in every spelling of the name; in an allow rule it must match the
 * whole name. Lists and servers as a whole are concerned only by a pattern that leaves no name out.
 */
export const toolNamePattern: ConditionKind = {
  schema: TextOrTexts,
  compile: (entries, effect) => {
    const patterns = entries.map(compilePattern)
    const coversAll = entries.some((entry) => COVERS_ALL.has(entry))
    const matches = (question: Question, name: string) =>
      effect === 'deny'
        ? question.spellings.some((text) => patterns.some((each) => each.searches(text)))
        : patterns.some((each) => each.matchesWhole(name))
    return {
      holds: (question) => {
        if (question.resource === undefined) return false
        if (question.extent === 'one') return matches(question, question.resource.name)
        return coversAll || (effect === 'allow' && question.extent === 'some')
      },
      actual: (question) => question.resource?.name ?? 'none',
      literals: undefined,
    }
  },
}

/** Patterns that evidently match every name; of others nothing is assumed. */
const COVERS_ALL: ReadonlySet<string> = new Set(['.*', '.+', '^.*', '.*$', '^.*$', '^.+$'])
