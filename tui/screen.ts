import { clock } from './clock.ts'
import type { Binding } from './keymap.ts'
import { layoutOf, SMALLEST, TINIEST } from './layout.ts'
import { fitBlock, type Line, line, paint, ruled } from './line.ts'
import { MARK_TONES, subjectOf } from './row.ts'
import type { Screen, State } from './state.ts'
import { wrap } from './text.ts'
import { filterLine, footRule, headLine, hintLine, TITLES, tabLine } from './views/bars.ts'
import { helpLimit, helpLines } from './views/help.ts'
import { belowInput } from './views/input.ts'
import { logScreen } from './views/log.ts'
import { peopleLines } from './views/people.ts'
import { policyScreen } from './views/policies.ts'
import { questionLines } from './views/question.ts'
import { ruleLines } from './views/rule.ts'
import { serverScreen } from './views/servers-screen.ts'
import { statsLines } from './views/stats.ts'
import { openLimit, trafficLines } from './views/traffic.ts'

/** The whole screen as lines: a function of the state and of nothing else. */
export const screenLines = (state: State, keymap: readonly Binding[]): readonly Line[] => {
  const layout = layoutOf(state)
  const foot = footLines(state, keymap)
  if (layout.kind === 'tail') return tailLines(state, foot, keymap)
  const room = layout.body - foot.length + 1
  const body =
    state.help === undefined ? bodyLines(state, room, keymap) : helpLines(state, keymap, room)
  return [
    headLine(state),
    tabLine(state),
    filterLine(state),
    ...fitBlock(typingOver(state, body), room),
    footRule(state, keymap),
    ...foot,
  ]
}

/** What is asked takes as many lines as it needs. */
const footLines = (state: State, keymap: readonly Binding[]): readonly Line[] =>
  state.question === undefined
    ? [hintLine(state, keymap)]
    : questionLines(state.question, state.size.columns)

/** While a line is typed, what there is to say about it stands below it. */
const typingOver = (state: State, body: readonly Line[]): readonly Line[] =>
  state.input === undefined || state.help !== undefined
    ? body
    : [belowInput(state, state.input), ...body.slice(1)]

/** The screen as it is written to the terminal; each line as wide as it. */
export const frame = (state: State, keymap: readonly Binding[]): string =>
  screenLines(state, keymap)
    .map((each) => paint(each, state.size.columns, state.theme))
    .join('\n')

/** How far the text that is shown can be moved: going beyond would have to be gone back. */
export const scrollLimit = (state: State, keymap: readonly Binding[]): number => {
  const rows = layoutOf(state).body
  if (state.help !== undefined) return helpLimit(state, keymap, rows)
  if (state.screen === 'traffic') return openLimit(state)
  const { length } = state.screen === 'log' ? state.log : TEXTS[state.screen](state, rows - 1)
  return Math.max(0, length - rows + 1)
}

const bodyLines = (state: State, rows: number, keymap: readonly Binding[]): readonly Line[] => {
  if (state.rule !== undefined)
    return ruleLines(state, state.rule, { columns: state.size.columns, rows }, keymap)
  if (state.screen === 'traffic') return trafficLines(state, keymap)
  const text = TEXTS[state.screen](state, rows - 1)
  const title = ruled([[TITLES[state.screen][1], 'strong']], state.size.columns, state.theme)
  const from = OWN_WINDOW.includes(state.screen)
    ? 0
    : Math.min(state.scroll, Math.max(0, text.length - rows + 1))
  return [title, ...text.slice(from)]
}

/** Screens that show the stretch around their cursor, or their end. */
const OWN_WINDOW: readonly Screen[] = ['log', 'policies']

type Text = (state: State, rows: number) => readonly Line[]

const TEXTS: Readonly<Record<Exclude<Screen, 'traffic'>, Text>> = {
  servers: serverScreen,
  policies: (state, rows) => policyScreen(state, state.size.columns, rows),
  people: (state, rows) => peopleLines(state, state.size.columns, rows),
  stats: (state) => statsLines(state, state.size.columns),
  log: logScreen,
}

/** Where there is no room for more: the form that is open, else the newest calls, one a line. */
const tailLines = (
  state: State,
  foot: readonly Line[],
  keymap: readonly Binding[],
): readonly Line[] => {
  const { columns, rows } = state.size
  const cramped = columns >= TINIEST.columns && rows >= TINIEST.rows
  if (state.rule !== undefined) {
    const room = { columns, rows: rows - foot.length }
    const form = cramped ? ruleLines(state, state.rule, room, keymap) : tooSmall(state.size)
    return [...fitBlock(form, room.rows), ...foot.slice(0, rows)]
  }
  const sentence = cramped
    ? ` datacline needs ${SMALLEST.columns}x${SMALLEST.rows}, this is ${columns}x${rows}; q leaves`
    : ' datacline'
  const calls = state.visible
    .slice(-Math.max(0, rows - 1))
    .map((row) =>
      line(
        [` ${clock(row.at, state.zone)} `, 'dim'],
        [`${state.theme.glyphs[row.mark]} `, MARK_TONES[row.mark]],
        `${row.event.mcp_server ?? ''} ${subjectOf(row.event)}`,
      ),
    )
  const first = state.question === undefined ? [line([sentence, 'strong'])] : foot
  return fitBlock([...first, ...calls], rows)
}

const tooSmall = ({ columns, rows }: State['size']): readonly Line[] =>
  wrap(
    `The form for a rule needs ${TINIEST.columns}x${TINIEST.rows}, this is ${columns}x${rows}; esc leaves it.`,
    columns - 1,
  ).map((text) => line([` ${text}`, 'warn']))
