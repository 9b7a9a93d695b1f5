import type { Comparison } from '../../src/core/decision.ts'
import { isObject } from '../../src/core/json-rpc.ts'
import { clock } from '../clock.ts'
import { type Line, line, type Piece } from '../line.ts'
import { MARK_TONES, MARK_WORDS, type Row, subjectOf } from '../row.ts'
import type { State } from '../state.ts'
import { cut, wrap } from '../text.ts'

/** The title over the why pane: what was called, and how it ended. */
export const whyTitle = (row: Row): readonly Piece[] => [
  [subjectOf(row.event), 'strong'],
  ' ',
  [verdict(row), MARK_TONES[row.mark]],
]

export const verdict = ({ mark, event }: Row): string => {
  const rule = event.decision?.rule
  const by = mark === 'deny' && rule !== undefined ? ` by ${quoteRule(rule)}` : ''
  return `${MARK_WORDS[mark]}${by}`
}

const quoteRule = (rule: string): string =>
  rule.startsWith('role:') ? rule.replace(':', ' ') : `rule "${rule}"`

/** Who asked for what, how it was decided, and what kept the rest from deciding. */
export const whyLines = (row: Row, state: State, columns: number): readonly Line[] => {
  const { event } = row
  const room = columns - LABEL - 1
  return [
    ...labelled('who', wrap(whoText(row), room), 'plain'),
    ...labelled('what', wrap(whatText(row), room), 'plain'),
    ...saidLines(row, room),
    ...labelled('why', wrap(event.policy_decision ?? 'not decided', room), MARK_TONES[row.mark]),
    ...decisionLines(row, state, columns),
    ...outcomeLines(row, room),
    ...labelled('when', [`${clock(row.at, state.zone, true)} ${durationText(row)}`], 'dim'),
  ]
}

const LABEL = 9

export const labelled = (
  label: string,
  texts: readonly string[],
  tone: 'plain' | Line['spans'][number]['tone'],
): readonly Line[] =>
  texts.map((text, at) =>
    line([` ${(at === 0 ? label : '').padEnd(LABEL - 1)}`, 'dim'], [text, tone]),
  )

const whoText = ({ event }: Row): string => {
  const roles = event.decision?.roles ?? []
  const parts = [
    event.user ?? 'nobody was established',
    roles.length > 0 ? `roles ${roles.join(', ')}` : undefined,
    event.source_address === undefined ? undefined : `from ${event.source_address}`,
  ]
  return parts.filter((part) => part !== undefined).join('  ')
}

const whatText = ({ event }: Row): string =>
  [
    event.mcp_server === undefined
      ? undefined
      : `mcp:${event.mcp_server}:${event.tool_name ?? '*'}`,
    event.action ?? event.code,
    event.method === undefined || event.method === 'tools/call' ? undefined : event.method,
    event.face === undefined ? undefined : `via ${event.face}`,
  ]
    .filter((part) => part !== undefined)
    .join('  ')

const saidLines = ({ event, slim }: Row, room: number): readonly Line[] => {
  const { parameters } = event
  if (slim) return labelled('params', ['large; open the call to see them'], 'dim')
  if (!isObject(parameters) || Object.keys(parameters).length === 0) return []
  return labelled('params', [cut(JSON.stringify(parameters), room)], 'plain')
}

const PAD = ' '.repeat(LABEL)

const decisionLines = (row: Row, state: State, columns: number): readonly Line[] => {
  const { decision } = row.event
  if (decision === undefined) return []
  const { off } = state.theme.glyphs
  const room = columns - LABEL - 1
  const misses = decision.nearMisses.flatMap(({ name, because }) =>
    wrap(`${off} ${name.replace(':', ' ')}: ${because}`, room),
  )
  const { at: place } = decision
  const told = place === undefined || row.event.policy_decision?.includes(place) === true
  const at = told ? [] : [line(PAD, [place, 'id'])]
  return [
    ...at,
    ...decision.compared.map((each) => comparedLine(each, state, room)),
    ...misses.map((text) => line(PAD, [text, 'dim'])),
    ...labelled('try', decision.advice === undefined ? [] : wrap(decision.advice, room), 'plain'),
  ]
}

const comparedLine = (
  { key, expected, actual, holds: held }: Comparison,
  { theme: { glyphs } }: State,
  room: number,
): Line => {
  const text = `  ${key}  ${expected}  ${held ? '' : `got ${actual} `}`
  return line(
    PAD,
    cut(text, room - 2, glyphs.ellipsis),
    held ? [glyphs.holds, 'permit'] : [glyphs.deny, 'deny'],
  )
}

const outcomeLines = ({ event, mark }: Row, room: number): readonly Line[] => {
  if (event.error === undefined || mark === 'deny') return []
  return labelled('error', wrap(event.error, room).slice(0, 4), MARK_TONES[mark])
}

const durationText = ({ event }: Row): string =>
  [
    event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`,
    event.response_status === undefined ? undefined : `HTTP ${event.response_status}`,
    `#${event.seq}`,
  ]
    .filter((part) => part !== undefined)
    .join('  ')
