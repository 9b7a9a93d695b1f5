import { exportFormat, exportText } from '../src/client/export.ts'
import type { Event } from './events.ts'
import type { Row } from './row.ts'
import type { State, Want } from './state.ts'
import { type Asking, askWhole, type WholeCall } from './whole.ts'

type Effects = Asking &
  Readonly<{
    dispatch: (event: Event) => void
    /** @throws Error with a sentence */
    write: (path: string, text: string) => Promise<void>
    /** Of this program. */
    version: string
  }>

/** Calls whose messages are asked for: the gateway keeps those of the last ones only. */
const WITH_MESSAGES = 200
/** Asked for at once. */
const TOGETHER = 8

type ExportWant = Extract<Want, { kind: 'export' }>

/** Writes calls to a file, in the format that its ending says. @throws Error with a sentence */
export const exportCalls = async ({ path, seqs }: ExportWant, effects: Effects): Promise<void> => {
  const { get, write, dispatch, version } = effects
  const format = exportFormat(path)
  if (format === undefined) throw new Error(unknownEnding(path))
  const wanted = new Set(seqs)
  const rows = get().rows.filter(({ seq }) => wanted.has(seq))
  const hasMessages = format === 'har' || format === 'html'
  const calls: WholeCall[] = []
  for (let at = 0; at < rows.length; at += TOGETHER) {
    const asked = rows.slice(at, at + TOGETHER).map((row, next) => {
      const isLate = at + next >= rows.length - WITH_MESSAGES
      return wholeOf(row, hasMessages && isLate, effects)
    })
    calls.push(...(await Promise.all(asked)))
  }
  await write(path, exportText(format, calls, { place: get().place, version }))
  dispatch({ type: 'said', text: `${calls.length} calls written to ${path}`, tone: 'permit' })
}

/** What the file would be is told by its name alone. */
export const unknownEnding = (path: string): string =>
  `${path}: its ending says no format; .jsonl, .har, .csv and .html do`

/** As much of a call as there is: what was let go meanwhile is written as the list has it. */
const wholeOf = async (row: Row, messages: boolean, effects: Effects): Promise<WholeCall> => {
  const { whole, bodies, link } = effects.get()
  const known = whole.get(row.seq)
  const here: WholeCall = { event: known ?? row.event, bodies: bodies.get(row.seq) }
  const isMissing = (row.slim && known === undefined) || (messages && here.bodies === undefined)
  if (!isMissing || !CAN_TELL.includes(link.kind)) return here
  return askWhole(row.event, effects).catch(() => here)
}

const CAN_TELL: readonly State['link']['kind'][] = ['live', 'file']
