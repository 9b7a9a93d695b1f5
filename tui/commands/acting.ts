import { EXPORT_FORMATS, exportFormat } from '../../src/client/export.ts'
import { openInput } from '../bar.ts'
import { copyText } from '../copy.ts'
import { unknownEnding } from '../export.ts'
import type { Row } from '../row.ts'
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

const COPIES = ['cli', 'curl', 'json', 'rule', 'markdown'] as const

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
  // The name says the format, so it is there to be changed.
  if (path === '') {
    const asked = openInput(state, 'command')
    const text = `export datacline-${stamp(state.now)}.jsonl`
    return asked.input === undefined ? asked : { ...asked, input: { ...asked.input, text } }
  }
  if (exportFormat(path) === undefined) return say(state, unknownEnding(path), 'warn')
  return want(state, { kind: 'export', path, seqs: rows.map(({ seq }) => seq) })
}

/** `20261122-103000`, UTC. */
const stamp = (now: number): string =>
  new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')

const callUnderCursor = (state: State): Row | string => {
  const row = selectedRow(state)
  if (row === undefined) return 'no call is under the cursor'
  if (state.replaying !== undefined) return 'the answer has not come yet'
  return row.event.method === 'tools/call' ? row : 'only tool calls can be called again'
}

const replay = (state: State): State => {
  const row = callUnderCursor(state)
  if (typeof row === 'string') return say(state, row, 'warn')
  return want(opened(state), { kind: 'replay', seq: row.seq, live: false })
}

/** What comes of it is shown over the detail. */
const opened = (state: State): State => ({
  ...state,
  detail: state.detail ?? { tab: 'why', scroll: 0 },
})

const replayLive = (state: State): State => {
  const row = callUnderCursor(state)
  const { replayed } = state
  // Only the one that policy was asked about, with the parameters that it was asked about.
  if (typeof row === 'string' || replayed?.seq !== row.seq) return replay(state)
  const { seq, parameters } = replayed
  return want(
    { ...state, replayed: undefined, replaying: { seq, since: state.now, isCancelled: false } },
    { kind: 'replay', seq, live: true, ...(parameters && { parameters }) },
  )
}

const replayEdited = (state: State): State => {
  const row = callUnderCursor(state)
  if (typeof row === 'string') return say(state, row, 'warn')
  const { draft } = state
  const text = draft?.seq === row.seq ? draft.text : undefined
  return want(opened(state), { kind: 'edit parameters', seq: row.seq, text })
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
  export: command(
    'write what is listed, or marked, to a file; its ending says how',
    exportTo,
    EXPORT_FORMATS.map((format) => `datacline.${format}`).join('|'),
  ),
  replay: command('call again: what policy says first', replay),
  'replay live': command('call again, for real', replayLive),
  'replay edited': command('call again with parameters from $EDITOR', replayEdited),
}
