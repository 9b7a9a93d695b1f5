import { waysOn } from '../complete.ts'
import { EMPTY, type Line, line, lineWidth, type Piece } from '../line.ts'
import type { Input, State } from '../state.ts'
import { harmless, widthOf } from '../text.ts'

const SIGNS = { filter: '/', command: ':', search: 'search ', help: 'help with ' } as const

/** The line that is being typed; where it is too long its end is what matters. */
export const inputLine = ({ size, theme }: State, { kind, text }: Input): Line => {
  const { shown } = windowOf(text, size.columns - SIGNS[kind].length)
  return line([` ${SIGNS[kind]}`, 'key'], shown, [theme.glyphs.caret, 'key'])
}

const windowOf = (text: string, columns: number): Readonly<{ shown: string; hidden: number }> => {
  const room = Math.max(10, columns - 4)
  const hidden = Math.max(0, text.length - room)
  return { shown: hidden === 0 ? text : `…${text.slice(hidden + 1)}`, hidden }
}

/** The line below it: where the fault is, or how it can go on. */
export const belowInput = (state: State, input: Input): Line => {
  const ways = waysOn(state, input.kind, input.text)
  if (ways.length > 0 && isUnderWay(input)) return waysLine(state, ways)
  if (input.problem !== undefined) return faultLine(state, input, input.problem)
  return input.text === '' ? line(`  `, [EXAMPLES[input.kind], 'dim']) : EMPTY
}

/** A word that is not whole yet is no mistake; one before it may be. */
const isUnderWay = ({ kind, text, at }: Input): boolean => {
  if (kind !== 'filter') return text !== ''
  return /[^\s|(]$/.test(text) && (at === undefined || at > text.lastIndexOf(' '))
}

const EXAMPLES: Readonly<Record<Input['kind'], string>> = {
  filter: 'such as decision:deny  server:prod*  tool:*delete*  dur:>200ms  since:15m  "a phrase"',
  command: 'such as screen stats  goto #12  theme light  export calls.jsonl; ? lists them all',
  search: 'a word of any listed call; n and N go from one to the next',
  help: 'a word, such as copy or decision',
}

const waysLine = ({ size }: State, ways: ReturnType<typeof waysOn>): Line => {
  const [first] = ways
  const pieces: Piece[] = [['  tab  ', 'key']]
  if (ways.length === 1 && first) return line(...pieces, first.shown, [`   ${first.help}`, 'dim'])
  for (const [at, { shown }] of ways.entries()) {
    const more = `+${ways.length - at}`
    if (lineWidth(line(...pieces, `${shown}  ${more}`)) > size.columns) {
      pieces.push([more, 'dim'])
      break
    }
    pieces.push(`${shown}  `)
  }
  return line(...pieces)
}

const faultLine = ({ size }: State, { kind, text, at = 0 }: Input, problem: string): Line => {
  const { hidden } = windowOf(text, size.columns - SIGNS[kind].length)
  const before =
    1 + SIGNS[kind].length + widthOf(harmless(text.slice(hidden, Math.max(hidden, at))))
  const words = widthOf(harmless(problem)) + 1
  // Beside the caret where there is room, at its left where there is none at its right.
  if (before + 1 + words <= size.columns || before <= words) {
    return line(' '.repeat(before), ['^ ', 'error'], [problem, 'warn'])
  }
  return line(' '.repeat(before - words), [problem, 'warn'], [' ^', 'error'])
}
