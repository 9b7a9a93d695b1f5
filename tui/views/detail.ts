import type { AuditEvent } from '../../src/core/events.ts'
import { clock } from '../clock.ts'
import { EMPTY, fitBlock, type Line, line, type Piece, ruled } from '../line.ts'
import { MARK_TONES, type Row, subjectOf } from '../row.ts'
import { type State, selectedRow, TABS, type Tab } from '../state.ts'
import { wrap } from '../text.ts'
import { jsonLines } from './json.ts'
import { labelled, verdict, whyLines } from './why.ts'

/** One call, whole: a title, the tabs, and what the tab shows. */
export const detailLines = (state: State, columns: number, rows: number): readonly Line[] => {
  const row = selectedRow(state)
  const { detail } = state
  if (row === undefined || detail === undefined) {
    return fitBlock(
      [EMPTY, line('  This call is no longer listed. ', ['esc', 'key'], ' goes back.')],
      rows,
    )
  }
  const body = detailBody(state, columns)
  const room = Math.max(0, rows - HEAD)
  const from = Math.min(detail.scroll, Math.max(0, body.length - room))
  return [
    ruled(titleOf(row), columns, state.theme),
    tabsLine(detail.tab, body.length, from, room),
    EMPTY,
    ...fitBlock(body.slice(from), room),
  ]
}

/** Lines above the text: title, tabs, and one that is empty. */
const HEAD = 3

/** How many lines of the text do not fit. */
export const detailLimit = (state: State, columns: number, rows: number): number =>
  Math.max(0, detailBody(state, columns).length - (rows - HEAD))

const detailBody = (state: State, columns: number): readonly Line[] => {
  const row = selectedRow(state)
  const { detail } = state
  if (row === undefined || detail === undefined) return []
  return [...replayedLines(state, row, columns), ...TAB_LINES[detail.tab](row, state, columns)]
}

const titleOf = (row: Row): readonly Piece[] => [
  [`#${row.event.seq} `, 'id'],
  [subjectOf(row.event), 'strong'],
  ' ',
  [verdict(row), MARK_TONES[row.mark]],
]

const NAMES: Readonly<Record<Tab, string>> = {
  why: 'Why',
  request: 'Request',
  response: 'Response',
  headers: 'Headers',
  raw: 'Raw',
  related: 'Related',
}

const tabsLine = (here: Tab, length: number, from: number, room: number): Line =>
  line(
    ' ',
    ...TABS.flatMap((tab): readonly Piece[] =>
      tab === here ? [[`[${NAMES[tab]}]`, 'strong'], ' '] : [[` ${NAMES[tab]} `, 'dim'], ' '],
    ),
    [
      length > room ? `  ${from + 1}-${Math.min(length, from + room)} of ${length} lines` : '',
      'dim',
    ],
  )

type TabLines = (row: Row, state: State, columns: number) => readonly Line[]

/** The event with all its parts, as far as they have come. */
const wholeOf = (row: Row, state: State): AuditEvent => state.whole.get(row.seq) ?? row.event

const note = (text: string, columns: number): readonly Line[] =>
  wrap(text, columns - 2).map((each) => line([` ${each}`, 'dim']))

const pairs = (values: readonly (readonly [string, string | undefined])[], columns: number) =>
  values.flatMap(([label, value]) =>
    value === undefined ? [] : labelled(label, wrap(value, columns - 10), 'plain'),
  )

const request: TabLines = (row, state, columns) => {
  const event = wholeOf(row, state)
  const head = pairs(
    [
      ['server', event.mcp_server],
      ['method', event.method],
      ['item', event.tool_name],
      ['action', event.action],
    ],
    columns,
  )
  if (row.slim && event === row.event)
    return [...head, EMPTY, ...note('asking the gateway …', columns)]
  if (event.parameters === undefined) return [...head, EMPTY, ...note('no parameters', columns)]
  return [...head, EMPTY, line([' parameters', 'dim']), ...jsonLines(event.parameters, columns)]
}

const response: TabLines = (row, _state, columns) => {
  const { event, mark } = row
  if (mark === 'pending') return note('The answer has not come yet.', columns)
  const ended = pairs(
    [
      ['status', event.status],
      ['http', event.response_status === undefined ? undefined : String(event.response_status)],
      ['took', event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`],
      ['code', event.code],
      ['error', event.error],
    ],
    columns,
  )
  return [
    ...ended,
    EMPTY,
    ...note('The record keeps how a call ended, not what it returned; r calls it again.', columns),
  ]
}

/** What of the caller's credentials and connection is recorded: identities, never secrets. */
const headers: TabLines = (row, state, columns) => {
  const event = wholeOf(row, state)
  return [
    ...pairs(
      [
        ['user', event.user],
        ['issuer', event.issuer],
        ['subject', event.subject],
        ['token', event.token_id],
        ['address', event.source_address],
        ['face', event.face],
        ['era', event.era],
        ['policy', event.decision?.policyHash],
      ],
      columns,
    ),
    EMPTY,
    ...note('Credentials are not recorded: who they stood for is.', columns),
  ]
}

const related: TabLines = (row, state, columns) => {
  const { exchange_id, user, mcp_server } = row.event
  const subject = subjectOf(row.event)
  const same = state.rows.filter(
    ({ event, seq }) =>
      seq !== row.seq &&
      event.user === user &&
      (event.exchange_id === exchange_id ||
        (event.mcp_server === mcp_server && subjectOf(event) === subject)),
  )
  if (same.length === 0)
    return note('No other call of this caller for the same thing is listed.', columns)
  return [
    line([` the same caller, the same thing: ${same.length} more`, 'dim']),
    EMPTY,
    ...same
      .slice(-200)
      .reverse()
      .map((each) =>
        line(
          [` #${each.event.seq}`.padEnd(10), 'id'],
          [`${clock(each.at, state.zone)} `, 'dim'],
          [`${state.theme.glyphs[each.mark]} `, MARK_TONES[each.mark]],
          each.event.policy_decision ?? each.event.error ?? '',
        ),
      ),
  ]
}

const TAB_LINES: Readonly<Record<Tab, TabLines>> = {
  why: whyLines,
  request,
  response,
  headers,
  raw: (row, state, columns) => jsonLines(wholeOf(row, state), columns),
  related,
}

/** What came of calling again, over whatever tab is open. */
const replayedLines = ({ replayed, theme }: State, row: Row, columns: number): Line[] =>
  replayed?.seq !== row.seq
    ? []
    : [
        ruled(
          [[replayed.live ? 'called again' : 'if it were called again', 'strong']],
          columns,
          theme,
        ),
        ...replayed.lines.flatMap((text) =>
          wrap(text, columns - 2).map((each) => line(' ', [each, replayed.tone])),
        ),
        ruled([], columns, theme),
      ]
