import { Enforcer, newModelFromString } from 'casbin'
import { coversAction, coversResource } from './compile.ts'
import { checkHolds, type Line } from './line.ts'
import type { Question } from './question.ts'

/** The line that decides: the first of the given ones, in their order, that holds. */
export type Judge = (lines: readonly Line[], question: Question) => Line | undefined

// The effect is casbin's implicit priority: the order of the rows, which is ours, is precedence.
const MODEL = `
[request_definition]
r = question
[policy_definition]
p = subject, resource, actions, eft, id
[policy_effect]
e = priority(p.eft) || deny
[matchers]
m = isFor(r.question, p.subject) && covers(r.question, p.id) && names(r.question, p.actions) && holds(r.question, p.id)
`

/**
 * casbin, handed rows as arrays in our order for each question; never text, in which a value could
 * become a row. Undefined when casbin says that no row spoke.
 */
export const createJudge = (lines: readonly Line[]): Judge => {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const lineOf = (id: string): Line => {
    const line = byId.get(id)
    if (line === undefined) throw new Error(`casbin named a line that does not exist: ${id}`)
    return line
  }
  const model = newModelFromString(MODEL)
  const table = model.model.get('p')?.get('p')
  if (table === undefined) throw new Error('casbin lost its policy table')
  const enforcer = new Enforcer()
  enforcer.setModel(model)
  const functions = {
    isFor: ({ asker }: Question, subject: string) => asker.subjects.has(subject),
    covers: (question: Question, id: string) => coversResource(lineOf(id).pattern, question),
    names: ({ action }: Question, actions: string) => coversAction(actions, action),
    holds: (question: Question, id: string) => holds(lineOf(id), question),
  }
  for (const [name, test] of Object.entries(functions)) void enforcer.addFunction(name, test)

  return (candidates, question) => {
    // Without any row casbin would judge the bare matcher.
    if (candidates.length === 0) return undefined
    table.policy = candidates.map((line) => line.row as string[])
    const [allowed, row] = enforcer.enforceExSync(question)
    const id = row.at(-1)
    if (id === undefined) return undefined
    const line = lineOf(id)
    if (allowed !== (line.source.effect === 'allow')) throw new Error('casbin contradicts its row')
    return line
  }
}

const holds = ({ source, checks }: Line, question: Question): boolean =>
  source.kind !== 'rule' || checks.every((check) => checkHolds(check, source.effect, question))
