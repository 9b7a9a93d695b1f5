import { compileFilter } from './filtering.ts'
import { say } from './say.ts'
import type { Input, State } from './state.ts'
import { refresh } from './visible.ts'

/** Opens a line; the filter begins with what it is now, so that it can be changed. */
export const openInput = (state: State, kind: Input['kind']): State => ({
  ...state,
  input: {
    kind,
    text: kind === 'filter' ? state.filter.text : '',
    recalled: undefined,
    problem: undefined,
  },
})

export const applyFilter = (state: State, text: string): State => {
  const read = compileFilter(state, text.trim())
  if ('problem' in read) return say(state, read.problem, 'warn')
  return refresh({ ...state, filter: { text: text.trim(), on: true, matches: read.matches } })
}
