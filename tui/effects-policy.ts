import type { Client } from '../src/client.ts'
import type { RuleDraft, RuleWrite } from '../src/core/rule.ts'
import type { Event } from './events.ts'
import { isFirst } from './rules.ts'
import type { State } from './state.ts'

type Reaching = Readonly<{ reach: () => Promise<Client>; dispatch: (event: Event) => void }>

/** Asks what a rule would change; what goes wrong stands in the form. */
export const previewRule = async (draft: RuleDraft, { reach, dispatch }: Reaching) => {
  try {
    dispatch({ type: 'previewed', preview: await (await reach()).previewRule(draft) })
  } catch (cause) {
    dispatch({ type: 'previewed', problem: cause instanceof Error ? cause.message : String(cause) })
  }
}

export const writeRule = async (rule: RuleWrite, { reach, dispatch }: Reaching) => {
  const written = await (await reach()).writeRule(rule)
  dispatch({ type: 'written', written })
  const text = `written to ${written.at}, and in force; u takes it back`
  dispatch({ type: 'said', text, tone: 'permit' })
}

export const undoRule = async (expect: string, { reach, dispatch }: Reaching) => {
  const undone = await (await reach()).undoRule({ expect })
  dispatch({ type: 'written', written: undefined })
  const text = isFirst(undone)
    ? `${undone.file} is gone again; what is built in is in force`
    : `${undone.file} is as it was before rule "${undone.name}"`
  dispatch({ type: 'said', text, tone: 'permit' })
}

/**
 * The file and line that `policies/policy.yaml:31` stands for.
 *
 * @throws Error with a sentence where this machine has no such file
 */
export const fileAt = (
  at: string,
  { snapshot }: Pick<State, 'snapshot'>,
): Readonly<{ path: string; line: number }> => {
  const [, file, line] = /^(.*):(\d+)$/.exec(at) ?? []
  const policy = snapshot?.policy
  if (policy?.path === undefined)
    throw new Error(`${at} is not on this machine, as far as is known`)
  if (file !== policy.file) throw new Error(`${at} is not in the policy file of now`)
  return { path: policy.path, line: Number(line) }
}
