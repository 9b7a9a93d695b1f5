import { copyText } from '../copy.ts'
import { say, want } from '../say.ts'
import { type State, selectedRow } from '../state.ts'
import { refresh } from '../visible.ts'
import { command } from './row.ts'

const mark = (state: State): State => {
  const row = selectedRow(state)
  if (row === undefined) return state
  const marked = new Set(state.marked)
  if (!marked.delete(row.seq)) marked.add(row.seq)
  return refresh({ ...state, marked })
}

const pause = (state: State): State => {
  if (state.paused !== undefined) return refresh({ ...state, paused: undefined })
  return refresh({ ...state, paused: state.heard, follow: false })
}

const COPIES = ['cli', 'curl', 'json', 'rule'] as const

const copy = (state: State, what: string): State => {
  const row = selectedRow(state)
  const kind = COPIES.find((each) => each === what)
  if (row === undefined) return say(state, 'no call is under the cursor', 'warn')
  if (kind === undefined) return say(state, `copy ${COPIES.join('|')}`, 'warn')
  const text = copyText(kind, state.whole.get(row.seq) ?? row.event, state.place)
  if (text === undefined) return say(state, `this call has no ${kind} form`, 'warn')
  return want(state, { kind: 'copy', text, what: kind })
}

const exportTo = (state: State, path: string): State => {
  const rows =
    state.marked.size > 0 ? state.rows.filter(({ seq }) => state.marked.has(seq)) : state.visible
  if (rows.length === 0) return say(state, 'nothing is listed', 'warn')
  return want(state, {
    kind: 'export',
    path: path === '' ? 'datacline-export.jsonl' : path,
    seqs: rows.map(({ seq }) => seq),
  })
}

const replay = (state: State): State => {
  const row = selectedRow(state)
  if (row === undefined) return say(state, 'no call is under the cursor', 'warn')
  if (row.event.method !== 'tools/call')
    return say(state, 'only tool calls can be called again', 'warn')
  return want(
    { ...state, detail: state.detail ?? { tab: 'why', scroll: 0 } },
    {
      kind: 'replay',
      seq: row.seq,
      live: false,
    },
  )
}

export const ACTIONS = {
  mark: command('mark or unmark the call', mark),
  marked: command('only what is marked', (state) =>
    refresh({ ...state, markedOnly: !state.markedOnly }),
  ),
  pause: command('hold the list still; what comes is kept', pause),
  clear: command('clear the list, not the record', (state) =>
    refresh({
      ...state,
      rows: [],
      open: new Map(),
      marked: new Set(),
      exhausted: true,
      detached: false,
    }),
  ),
  copy: command('copy the call', copy, COPIES.join('|')),
  export: command('write what is listed, or marked, to a file', exportTo, 'FILE'),
  replay: command('call again: what policy says first', replay),
  'replay live': command('call again, for real', (state) => {
    const { replayed } = state
    // Only the one that policy was asked about.
    return replayed === undefined || replayed.seq !== selectedRow(state)?.seq
      ? replay(state)
      : want(state, { kind: 'replay', seq: replayed.seq, live: true })
  }),
}
