import type { Comparison } from '../../src/core/decision.ts'
import { isObject } from '../../src/core/json-rpc.ts'
import { clock } from '../clock.ts'
import { doorRemedy, doorSentence } from '../door.ts'
import { type Line, line, type Piece } from '../line.ts'
import { MARK_TONES, MARK_WORDS, type Row, subjectOf } from '../row.ts'
import type { State } from '../state.ts'
import { cut, fit, harmless, widthOf, wrap } from '../text.ts'

/** The title over the why pane: what was called, and how it ended; by which rule only where there is room. */
export const whyTitle = (row: Row, columns: number): readonly Piece[] => {
  const subject = subjectOf(row.event)
  const whole = verdict(row)
  const fits = widthOf(harmless(`${subject} ${whole}`)) <= columns
  return [[subject, 'strong'], ' ', [fits ? whole : MARK_WORDS[row.mark], MARK_TONES[row.mark]]]
}

export const verdict = ({ mark, event }: Row): string => {
  const rule = event.decision?.rule
  const by = mark === 'deny' && rule !== undefined ? ` by ${quoteRule(rule)}` : ''
  return `${MARK_WORDS[mark]}${by}`
}

const quoteRule = (rule: string): string =>
  rule.startsWith('role:') ? rule.replace(':', ' ') : `rule "${rule}"`

/** Who asked for what, how it was decided, what would have decided otherwise; the rest after that. */
export const whyLines = (row: Row, state: State, columns: number): readonly Line[] => {
  const { event } = row
  const room = columns - LABEL - 1
  return [
    ...labelled('who', wrap(whoText(row), room), 'plain'),
    ...whatLines(row, room),
    ...labelled('why', wrap(decidedText(row), room), MARK_TONES[row.mark]),
    ...decisionLines(row, state, columns),
    ...outcomeLines(row, room),
    ...labelled(
      'roles',
      (event.decision?.roles ?? []).flatMap((role) => wrap(role, room)),
      'dim',
    ),
    ...labelled('when', wrap(whenText(row, state), room), 'dim'),
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

/** Roles by their names alone: where each came from has a line of its own. */
const whoText = ({ event }: Row): string => {
  const roles = (event.decision?.roles ?? []).map((role) => role.replace(/ \(.*\)$/, ''))
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
  ]
    .filter((part) => part !== undefined)
    .join('  ')

/** What was asked for, with its parameters beside it where there is room. */
const whatLines = (row: Row, room: number): readonly Line[] => {
  const what = whatText(row)
  const said = row.slim ? 'large; open the call to see them' : parametersText(row)
  if (said === '') return labelled('what', wrap(what, room), 'plain')
  if (!row.slim && widthOf(harmless(what)) + widthOf(harmless(said)) + 2 <= room) {
    return labelled('what', [`${what}  ${said}`], 'plain')
  }
  return [
    ...labelled('what', wrap(what, room), 'plain'),
    ...labelled('params', [cut(said, room)], row.slim ? 'dim' : 'plain'),
  ]
}

const parametersText = ({ event: { parameters } }: Row): string =>
  isObject(parameters) && Object.keys(parameters).length > 0 ? JSON.stringify(parameters) : ''

const decidedText = ({ mark, event }: Row): string => {
  const why = mark === 'refused' ? doorSentence(event.error) : undefined
  if (why !== undefined) return `not let in: ${why}`
  const said = event.policy_decision ?? 'not decided'
  const at = event.decision?.at
  return at === undefined || said.includes(at) ? said : `${said} (${at})`
}

const PAD = ' '.repeat(LABEL)

const decisionLines = (row: Row, state: State, columns: number): readonly Line[] => {
  const { decision, error } = row.event
  const room = columns - LABEL - 1
  if (decision === undefined) {
    const remedy = row.mark === 'refused' ? doorRemedy(error) : undefined
    return labelled('advice', remedy === undefined ? [] : wrap(remedy, room), 'plain')
  }
  const { off } = state.theme.glyphs
  const misses = decision.nearMisses.flatMap(({ name, because }) =>
    wrap(`${off} ${name.replace(':', ' ')}: ${because}`, room),
  )
  const allowing = allowingText(row, state)
  return [
    ...comparedLines(decision.compared, state, room),
    ...misses.map((text) => line(PAD, [text, 'dim'])),
    ...labelled('allow', allowing === undefined ? [] : wrap(allowing, room), 'plain'),
    ...labelled('advice', decision.advice === undefined ? [] : wrap(decision.advice, room), 'dim'),
  ]
}

/** What would have to be written for the call to pass: rules are asked before roles, the highest first. */
const allowingText = ({ mark, event }: Row, { snapshot }: State): string | undefined => {
  const { decision } = event
  if (mark !== 'deny' || decision === undefined) return undefined
  if (decision.code === 'no_policy') return 'a policy file; without one everything is denied'
  if (decision.code === 'rule') {
    const rule = snapshot?.policy.rules.find(({ at }) => at === decision.at)
    const above = rule === undefined ? 'a higher priority' : `a priority above ${rule.priority}`
    return `only an allow rule with ${above}; roles come after`
  }
  return decision.code === 'policy_error'
    ? undefined
    : `an allow rule, or a role with a permission for it`
}

/** Narrower panes have no room for a column of keys. */
const ALIGNED = 40

/** Each condition with what was wanted and, where it is not the same, what there was. */
const comparedLines = (
  compared: readonly Comparison[],
  { theme: { glyphs } }: State,
  room: number,
): readonly Line[] => {
  const widest = Math.max(0, ...compared.map(({ key }) => widthOf(harmless(key))))
  return compared.flatMap(({ key, expected, actual, holds }): readonly Line[] => {
    const got = actual === expected ? '' : `  got ${actual}`
    const [first = '', ...more] = wrap(
      `${room < ALIGNED ? key : fit(key, Math.min(24, widest))}  ${expected}${got}`,
      room - 2,
    )
    return [
      line(PAD, holds ? [`${glyphs.holds} `, 'permit'] : [`${glyphs.deny} `, 'deny'], first),
      ...more.slice(0, 3).map((text) => line(`${PAD}    `, text)),
    ]
  })
}

const outcomeLines = ({ event, mark }: Row, room: number): readonly Line[] => {
  const isTold = mark === 'deny' || (mark === 'refused' && doorSentence(event.error) !== undefined)
  if (event.error === undefined || isTold) return []
  return labelled('error', wrap(event.error, room).slice(0, 4), MARK_TONES[mark])
}

const whenText = ({ at, event }: Row, { zone }: State): string =>
  [
    clock(at, zone, true),
    event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`,
    event.response_status === undefined ? undefined : `HTTP ${event.response_status}`,
    event.face === undefined ? undefined : `via ${event.face}`,
    `#${event.seq}`,
  ]
    .filter((part) => part !== undefined)
    .join('  ')
