import { clock } from '../clock.ts'
import { EMPTY, type Line, line } from '../line.ts'
import type { State } from '../state.ts'

/** The newest lines of the log, newest last. */
export const logLines = ({ log, zone, theme }: State, rows: number): readonly Line[] =>
  log
    .slice(-rows)
    .map(({ at, text, tone }) =>
      line(
        [` ${clock(at, zone)} `, 'dim'],
        [tone === 'plain' ? '  ' : `${theme.glyphs.error} `, tone],
        text,
      ),
    )

/** What happened to the gateway itself, and to the connection with it. */
export const logScreen = (state: State, rows: number): readonly Line[] => {
  const { log, scroll } = state
  if (log.length === 0) return [EMPTY, line(['  Nothing has happened to the gateway yet.', 'dim'])]
  const from = Math.min(scroll, Math.max(0, log.length - rows))
  const newest = { ...state, log: log.slice(0, log.length - from) }
  return logLines(newest, rows)
}
