import { asReason, type Client } from '../src/client.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import { askServer, performForm } from './call-form.ts'
import { fileAt, previewRule, undoRule, writeRule } from './effects-policy.ts'
import type { Event } from './events.ts'
import type { State, Want } from './state.ts'

/** What the screen may do outside of itself. */
export type Effects = Readonly<{
  /** Who observes. */
  reach: () => Promise<Client>
  /** Who calls: the operator's token opens no server. */
  caller: () => Promise<Client>
  dispatch: (event: Event) => void
  get: () => State
  /** Puts text into the terminal's clipboard. */
  copy: (text: string) => void
  /** @throws Error with a sentence */
  write: (path: string, text: string) => Promise<void>
  /** Opens an editor in place of the screen, until it is left. @throws Error with a sentence */
  edit: (path: string, line: number) => Promise<void>
  leave: (stopGateway: boolean) => void
  redraw: () => void
}>

/** Does what is wanted; what goes wrong is a sentence on the screen. */
export const perform = async (want: Want, effects: Effects): Promise<void> => {
  try {
    await (PERFORM[want.kind] as (want: Want, effects: Effects) => unknown)(want, effects)
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    effects.dispatch({ type: 'said', text, tone: 'warn' })
  }
}

type Perform = {
  readonly [K in Want['kind']]: (
    want: Extract<Want, { kind: K }>,
    effects: Effects,
  ) => Promise<void> | void
}

const PAGE = 500

const PERFORM: Perform = {
  detail: async ({ seq }, { reach, dispatch, get }) => {
    if (get().link.kind === 'file') return
    const { event, rows, bodies } = await (await reach()).event(seq)
    const of = get().rows.find((row) => row.event.exchange_id === event.exchange_id)
    const parameters = event.parameters ?? rows.find((row) => row.parameters)?.parameters
    if (of)
      dispatch({
        type: 'whole',
        seq: of.seq,
        event: { ...event, parameters },
        ...(bodies && { bodies }),
      })
  },
  history: async ({ before }, { reach, dispatch, get }) => {
    if (get().link.kind === 'file') return
    const client = await reach()
    let page = await client.history({ before, limit: PAGE })
    // A page may be empty and not the last.
    while (page.events.length === 0 && page.next_before !== null) {
      page = await client.history({ before: page.next_before, limit: PAGE })
    }
    // Asked for twice while it was on its way: it is there already.
    if (before !== undefined && get().rows[0]?.seq !== before) return
    dispatch({ type: 'older', events: [...page.events].reverse() })
  },
  snapshot: async (_want, { reach, dispatch, get }) => {
    if (get().link.kind !== 'live') return
    // Asked again soon; the line at the bottom says when the gateway is gone.
    const body = await (await reach()).snapshot().catch(() => undefined)
    if (body !== undefined) dispatch({ type: 'snapshot', body })
  },
  copy: ({ text, what }, { copy, dispatch }) => {
    copy(text)
    dispatch({ type: 'said', text: `copied as ${what}: ${text.split('\n')[0]}`, tone: 'permit' })
  },
  export: async ({ path, seqs }, { write, get, dispatch }) => {
    const wanted = new Set(seqs)
    const { rows, whole } = get()
    const lines = rows
      .filter(({ seq }) => wanted.has(seq))
      .map((row) => `${JSON.stringify(whole.get(row.seq) ?? row.event)}\n`)
    await write(path, lines.join(''))
    dispatch({ type: 'said', text: `${lines.length} calls written to ${path}`, tone: 'permit' })
  },
  replay: ({ seq, live }, effects) => (live ? callAgain(seq, effects) : askPolicy(seq, effects)),
  server: ({ server }, effects) => askServer(server, effects),
  form: performForm,
  'end session': async ({ id }, { reach, dispatch }) => {
    await (await reach()).endSession(id)
    dispatch({ type: 'ended', id })
  },
  'rule preview': ({ draft }, effects) => previewRule(draft, effects),
  'rule write': ({ rule }, effects) => writeRule(rule, effects),
  'rule undo': ({ expect }, effects) => undoRule(expect, effects),
  edit: async ({ at }, { edit, get }) => {
    const { path, line } = fileAt(at, get())
    await edit(path, line)
  },
  leave: ({ stopGateway }, { leave }) => leave(stopGateway),
  redraw: (_want, { redraw }) => redraw(),
}

type Call = Readonly<{ server: string; tool: string; parameters: JsonObject }>

/** @throws Error when the call cannot be made again */
const callOf = (seq: number, { rows, whole }: State): Call => {
  const row = rows.find((each) => each.seq === seq)
  const event = whole.get(seq) ?? row?.event
  const { mcp_server: server, tool_name: tool, parameters } = event ?? {}
  if (server === undefined || tool === undefined) throw new Error('this call is no longer at hand')
  const text = JSON.stringify(parameters) ?? ''
  if (/\[(?:redacted|omitted)/i.test(text)) {
    throw new Error('parts of the parameters were not recorded, so it cannot be called again')
  }
  return { server, tool, parameters: isObject(parameters) ? parameters : {} }
}

const askPolicy = async (seq: number, { caller, dispatch, get }: Effects) => {
  const call = callOf(seq, get())
  const answer = await (await caller()).decide(call.server, call.tool, call.parameters)
  const permitted = answer.allowed === true
  const reason = asReason(answer.decision)
  dispatch({
    type: 'replayed',
    replayed: {
      seq,
      live: false,
      tone: permitted ? 'permit' : 'deny',
      lines: [reason?.text ?? (permitted ? 'it would be permitted' : 'it would be refused')],
    },
  })
}

const callAgain = async (seq: number, { caller, dispatch, get }: Effects) => {
  const { server, tool, parameters } = callOf(seq, get())
  const client = await caller()
  const result = await client.ask(server, 'tools/call', { name: tool, arguments: parameters })
  dispatch({
    type: 'replayed',
    replayed: {
      seq,
      live: true,
      tone: result.isError === true ? 'error' : 'permit',
      lines: JSON.stringify(result, undefined, 2).split('\n').slice(0, 40),
    },
  })
}
