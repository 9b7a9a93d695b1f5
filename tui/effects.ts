import type { Client } from '../src/client.ts'
import type { AuditEvent } from '../src/core/events.ts'
import { callAgain, editParameters } from './call-again.ts'
import { askServer, performForm } from './call-form.ts'
import { fileAt, previewRule, undoRule, writeRule } from './effects-policy.ts'
import type { Event } from './events.ts'
import { exportCalls } from './export.ts'
import type { Running } from './running.ts'
import type { State, Want } from './state.ts'
import { askWhole } from './whole.ts'

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
  /** A text after somebody was at it in an editor; undefined when they gave up. @throws Error with a sentence */
  editText: (text: string, line: number) => Promise<string | undefined>
  /** An event of the recording that is shown, whole. */
  recorded: (seq: number) => AuditEvent | undefined
  running: Running
  /** Of this program. */
  version: string
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
  detail: async ({ seq }, effects) => {
    const rows = () => effects.get().rows
    const asked = rows().find((row) => row.event.seq === seq)
    if (asked === undefined) return
    const { event, bodies } = await askWhole(asked.event, effects)
    const of = rows().find((row) => row.event.exchange_id === event.exchange_id)
    if (of === undefined) return
    effects.dispatch({ type: 'whole', seq: of.seq, event, ...(bodies && { bodies }) })
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
    const body = await (await reach()).snapshot({ range: get().range }).catch(() => undefined)
    if (body !== undefined) dispatch({ type: 'snapshot', body })
  },
  copy: ({ text, what }, { copy, dispatch }) => {
    copy(text)
    dispatch({ type: 'said', text: `copied as ${what}: ${text.split('\n')[0]}`, tone: 'permit' })
  },
  export: exportCalls,
  replay: callAgain,
  'edit parameters': editParameters,
  cancel: ({ call }, { running }) => running.cancel(call),
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
