import { seconds } from '../clock.ts'
import { type Line, line, ruled } from '../line.ts'
import type { Row } from '../row.ts'
import type { State } from '../state.ts'
import { wrap } from '../text.ts'
import { jsonLines } from './json.ts'

/** What comes of calling again, over whatever tab is open. */
export const replayedLines = (state: State, row: Row, columns: number): readonly Line[] => {
  const { replaying, replayed, theme } = state
  if (replaying?.seq === row.seq) {
    const says = replaying.isCancelled ? 'cancelling' : 'calling again'
    const spent = seconds(state.now - replaying.since)
    return [
      line(
        [` ${theme.glyphs.pending} ${says}  ${spent}`, 'pending'],
        ['   ctrl-c cancels it', 'dim'],
      ),
      ruled([], columns, theme),
    ]
  }
  if (replayed?.seq !== row.seq) return []
  const { live, lines, value, tone, parameters } = replayed
  const title = live ? 'called again' : 'if it were called again'
  const said = parameters === undefined ? '' : ', with what you wrote'
  return [
    ruled([[`${title}${said}`, 'strong']], columns, theme),
    ...(parameters === undefined ? [] : jsonLines(parameters, columns)),
    ...lines.flatMap((text) => wrap(text, columns - 2)).map((each) => line(' ', [each, tone])),
    ...(value === undefined ? [] : jsonLines(value, columns)),
    ruled([], columns, theme),
  ]
}
