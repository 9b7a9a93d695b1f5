import { applyFilter } from '../bar.ts'
import { chosenServer, chosenTool, chosenWho } from '../choose.ts'
import { jsonFaults } from '../fields.ts'
import { type Form, faulted, isUnderWay, mayDestroy, openForm, parametersOf } from '../form.ts'
import { say, want } from '../say.ts'
import type { State } from '../state.ts'
import { command } from './row.ts'

/** What `enter` opens on Servers & tools: the server, its tool, the form to call it. */
const deeper = (state: State): State => {
  const { browse } = state
  const server = chosenServer(state)
  if (state.screen !== 'servers' || server === undefined) return state
  if (browse.page === 'list') {
    return want(
      {
        ...state,
        scroll: 0,
        browse: { ...browse, page: 'server', server: server.name, tool: undefined },
      },
      { kind: 'server', server: server.name },
    )
  }
  const tool = chosenTool(state)
  if (tool === undefined) return say(state, 'there is no tool to open', 'warn')
  if (browse.page === 'server') {
    return { ...state, scroll: 0, browse: { ...browse, page: 'tool', tool: tool.name } }
  }
  const turn = (browse.form?.turn ?? 0) + 1
  const again = browse.form?.tool.name === tool.name && browse.form.server === server.name
  if (!again && browse.form !== undefined && isUnderWay(browse.form)) {
    return say(state, `${browse.form.tool.name} is not over; its form can cancel it`, 'warn')
  }
  const form = again && browse.form ? browse.form : openForm(server.name, tool, turn)
  return { ...state, scroll: 0, browse: { ...browse, page: 'form', form } }
}

const ABOVE = { form: 'tool', tool: 'server', server: 'list' } as const

/** One page back; undefined where there is none. */
export const browseBack = (state: State): State | undefined => {
  const { browse, screen } = state
  if (screen !== 'servers' || browse.page === 'list') return undefined
  return { ...state, scroll: 0, browse: { ...browse, page: ABOVE[browse.page] } }
}

const step = (state: State, by: number): State => {
  const { browse } = state
  const { form } = browse
  if (form === undefined || form.fields.length === 0) return state
  const at = (form.at + by + form.fields.length) % form.fields.length
  return { ...state, browse: { ...browse, form: { ...form, at } } }
}

/** Asks policy first; what it permits is called, and asked about once more where it may destroy. */
const submit = (state: State): State => {
  const { form } = state.browse
  if (form === undefined) return state
  const { kind } = form.progress
  if (kind === 'asking' || isUnderWay(form)) return say(state, 'the answer has not come yet')
  const faults = jsonFaults(form.fields)
  if (faults.length > 0)
    return { ...state, browse: { ...state.browse, form: faulted(form, faults) } }
  if (kind !== 'decided' || !form.progress.permitted) return ask(state, form, false)
  return mayDestroy(form.tool) ? { ...state, question: questionOf(form) } : ask(state, form, true)
}

const questionOf = ({ tool }: Form) => ({
  text: `${tool.name} may change or destroy things. Call it, for real?`,
  answers: [
    { key: 'y', label: 'call it', command: 'form call' },
    { key: 'n', label: 'no', command: 'stay' },
  ],
})

const ask = (state: State, form: Form, live: boolean): State => {
  const turn = form.turn + 1
  const progress = live
    ? ({ kind: 'calling', since: state.now, said: undefined } as const)
    : ({ kind: 'asking' } as const)
  const { server, tool } = form
  return want(
    { ...state, browse: { ...state.browse, form: { ...form, turn, progress } } },
    { kind: 'form', server, tool, parameters: parametersOf(form), live, turn },
  )
}

const call = (state: State): State => {
  const { form } = state.browse
  const decided = form?.progress.kind === 'decided' && form.progress.permitted
  return form === undefined || !decided ? state : ask(state, form, true)
}

const scroll = (state: State, by: number): State => ({
  ...state,
  scroll: Math.max(0, state.scroll + by),
})

const filterTo = (state: State): State => {
  const who = state.screen === 'people' ? chosenWho(state) : undefined
  if (who === undefined) return say(state, 'nobody is under the cursor', 'warn')
  return applyFilter({ ...state, screen: 'traffic', scroll: 0 }, who.filter)
}

const PAGE = 10

export const BROWSING = {
  'open server': command('open the server, its tool, the form to call it', deeper),
  'filter to': command('only the calls of who is under the cursor', filterTo),
  'form next': command('next field', (state) => step(state, 1)),
  'form previous': command('field before', (state) => step(state, -1)),
  'form submit': command('ask policy, then call', submit),
  'form call': command('call what policy permitted', call),
  'form down': command('further down in the form', (state) => scroll(state, PAGE)),
  'form up': command('further up in the form', (state) => scroll(state, -PAGE)),
}
