/** Time of one frame: a batch of events taken in, and the whole screen drawn and written. */
import { Writable } from 'node:stream'
import type { AuditEvent } from '../../src/core/events.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { createPainter } from '../../tui/painter.ts'
import { createReducer } from '../../tui/reduce.ts'
import { frame, scrollLimit } from '../../tui/screen.ts'
import { CAPACITY } from '../../tui/state.ts'
import { createStore } from '../../tui/store.ts'
import { createTheme } from '../../tui/theme.ts'
import { SNAPSHOT } from '../tui/snapshot.ts'
import { call, denied, fresh, START } from '../tui/states.ts'

const COLUMNS = 160
const ROWS = 50
const FRAMES = 300
const FRAMES_A_SECOND = 15
const NOW = START + CAPACITY * 5
/** What comes in a fifteenth of a second at 200 events/s. */
const BATCH = 14

const event = (seq: number): AuditEvent => {
  const timestamp = new Date(START + seq * 5).toISOString()
  return seq % 7 === 0
    ? denied(seq, { timestamp, parameters: { id: seq } })
    : call(seq, { timestamp, parameters: { query: `select ${seq}` }, duration_ms: seq % 90 })
}

const SCREENS = [
  ['1', 'traffic with its panels'],
  ['5', 'stats'],
  ['2', 'servers'],
] as const

/** Milliseconds of each frame, by screen. */
export const frameFigures = async (): Promise<Readonly<Record<string, readonly number[]>>> => {
  const sink = new Writable({ write: (_bytes, _encoding, done) => done() })
  const theme = createTheme('default', false)
  const store = createStore(
    createReducer(KEYMAP, scrollLimit),
    fresh(COLUMNS, ROWS, { theme, now: NOW }),
  )
  const painter = createPainter(sink, () => frame(store.get(), KEYMAP))
  const first = Array.from({ length: CAPACITY }, (_, at) => event(at + 1))
  store.dispatch({ type: 'link', link: { kind: 'live' } })
  store.dispatch({ type: 'heard', events: first })
  store.dispatch({ type: 'snapshot', body: SNAPSHOT })
  const figures: Record<string, number[]> = {}
  let seq = CAPACITY
  for (const [key, name] of SCREENS) {
    store.dispatch({ type: 'key', key })
    const times: number[] = []
    for (let each = 0; each < FRAMES; each++) {
      const events = Array.from({ length: BATCH }, () => event(++seq))
      const from = performance.now()
      store.dispatch({ type: 'heard', events })
      if (each % FRAMES_A_SECOND === 0) store.dispatch({ type: 'tick', now: NOW + each * 67 })
      painter.draw()
      await new Promise<void>((resolve) => setImmediate(resolve))
      times.push(performance.now() - from)
    }
    figures[name] = times.slice(FRAMES / 10)
  }
  return figures
}
