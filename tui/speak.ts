import type { Binding } from './keymap.ts'
import { BOTTOM, TOP } from './layout.ts'
import type { Line } from './line.ts'
import type { Drawable, Painter } from './painter.ts'
import { linkSentence } from './reduce.ts'
import { causeOf, MARK_WORDS, type Row, subjectOf } from './row.ts'
import { screenLines } from './screen.ts'
import { type State, selectedRow } from './state.ts'
import { harmless } from './text.ts'
import { createTheme } from './theme.ts'

/** Sentences at once; of more the rest is counted. */
const MOST = 20
/** What is read aloud is as long as it is, and never beside something else. */
const PAGE = { columns: 80, rows: 300 } as const
/** Characters of a sentence. */
const LONGEST = 400

/**
 * In place of the painter, for screen readers: what changed since the last time, one sentence a line,
 * never repainted, without frames and signs.
 */
export const createSpeaker = (
  stdout: Pick<Drawable, 'write'>,
  get: () => State,
  keymap: readonly Binding[],
): Painter => {
  let said: State | undefined
  let isOver = false
  let isHeld = false
  const draw = () => {
    if (isOver || isHeld) return
    const state = get()
    const sentences = said === undefined ? greeting(state) : spoken(said, state, keymap)
    said = state
    if (sentences.length > 0) stdout.write(sentences.map((each) => `${each}\r\n`).join(''))
  }
  return {
    draw,
    hold() {
      isHeld = true
    },
    resume() {
      isHeld = false
      draw()
    },
    // What was said stays where it is.
    forget: () => undefined,
    end() {
      isOver = true
    },
  }
}

const greeting = ({ place }: State): readonly string[] => [
  `datacline at ${harmless(place)}. Question mark reads the keys, enter the call, q leaves.`,
]

/** What somebody who cannot see the screen has to be told of the way from one state to the next. */
export const spoken = (before: State, after: State, keymap: readonly Binding[]) =>
  [
    ...linkNews(before, after),
    ...callNews(before, after),
    ...cursorNews(before, after),
    ...pageNews(before, after, keymap),
    ...wordNews(before, after),
  ].map((each) => harmless(each).slice(0, LONGEST))

const linkNews = (before: State, { link, place }: State): readonly string[] =>
  before.link.kind === link.kind ? [] : [linkSentence(link, place)]

/** Of a batch: what is further back is no news. */
const RECENT = 1_000

/** Calls that were decided or ended since. */
const callNews = ({ heard }: State, { visible }: State): readonly string[] => {
  const news = visible
    .slice(-RECENT)
    .filter(({ event, mark }) => event.seq > heard && mark !== 'pending')
  const untold = news.length - MOST
  const told = news.slice(-MOST).map(sentence)
  return untold > 0 ? [`${untold} calls, and then`, ...told] : told
}

/** How it ended comes first, in a word. */
export const sentence = (row: Row): string => {
  const { event, mark } = row
  const where = event.mcp_server === undefined ? '' : ` on ${event.mcp_server}`
  const cause = mark === 'deny' ? (event.policy_decision ?? causeOf(row)) : causeOf(row)
  const why = mark === 'permit' ? '' : `: ${cause}`
  const who = event.user ?? 'nobody known'
  return `${MARK_WORDS[mark].toLowerCase()}, ${subjectOf(event)}${where}, by ${who}${why}`
}

const cursorNews = (before: State, after: State): readonly string[] => {
  const row = selectedRow(after)
  if (row === undefined || after.follow || before.cursor === after.cursor) return []
  return [`call ${row.seq}, ${sentence(row)}`]
}

const isSamePage = (before: State, after: State): boolean =>
  before.screen === after.screen &&
  before.detail?.tab === after.detail?.tab &&
  (before.help === undefined) === (after.help === undefined) &&
  before.replayed === after.replayed &&
  before.whole === after.whole &&
  before.browse === after.browse &&
  isSameRule(before.rule, after.rule) &&
  // What was asked for has come.
  (before.snapshot === undefined) === (after.snapshot === undefined)

/** While the next answer is on its way the one before is no news. */
const isSameRule = (before: State['rule'], after: State['rule']): boolean =>
  before?.event === after?.event &&
  before?.problem === after?.problem &&
  before?.preview === after?.preview

/** A page that was gone to is read from its beginning to its end. */
const pageNews = (before: State, after: State, keymap: readonly Binding[]): readonly string[] => {
  if (isSamePage(before, after)) return []
  const { detail, help, rule, screen } = after
  if (screen === 'traffic' && detail === undefined && help === undefined && rule === undefined) {
    return [`traffic, ${counted(after)}`]
  }
  return pageText(after, keymap)
}

const pageText = (state: State, keymap: readonly Binding[]): readonly string[] => {
  const page: State = {
    ...state,
    size: PAGE,
    scroll: 0,
    question: undefined,
    theme: createTheme('mono', true),
    ...(state.help && { help: { scroll: 0 } }),
    ...(state.detail && { detail: { ...state.detail, scroll: 0 } }),
  }
  return screenLines(page, keymap)
    .slice(TOP, -BOTTOM)
    .map(lineText)
    .filter((text) => text !== '')
}

const lineText = ({ spans }: Line): string =>
  spans
    .map(({ text }) => text)
    .join('')
    .replace(/-{3,}/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^ ?- /, '')
    .trim()

const wordNews = (before: State, after: State): readonly string[] => {
  const changed = <K extends keyof State>(name: K) => before[name] !== after[name]
  return [
    ...(changed('input') ? inputNews(after) : []),
    ...(changed('filter') ? [`filter ${after.filter.text || 'none'}, ${counted(after)}`] : []),
    ...(changed('paused') ? [after.paused === undefined ? 'goes on' : 'paused'] : []),
    ...(changed('follow') ? [after.follow ? 'following' : 'not following'] : []),
    ...(changed('message') && after.message ? [after.message.text] : []),
    ...(changed('question') ? questionNews(after) : []),
  ]
}

const counted = ({ visible }: State): string => `${visible.length} calls`

const inputNews = ({ input }: State): readonly string[] => {
  if (input === undefined) return []
  const { kind, text, problem } = input
  return [problem === undefined ? `${kind} ${text}` : `${kind} ${text}: ${problem}`]
}

const questionNews = ({ question }: State): readonly string[] =>
  question === undefined
    ? []
    : [question.text, ...question.answers.map(({ key, label }) => `${key}: ${label}`)]
