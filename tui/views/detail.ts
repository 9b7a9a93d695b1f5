import type { AuditEvent } from '../../src/core/events.ts'
import { clock } from '../clock.ts'
import { layoutOf } from '../layout.ts'
import { EMPTY, fitBlock, type Line, line, type Piece, ruled, select } from '../line.ts'
import { MARK_TONES, type Row, subjectOf } from '../row.ts'
import { type State, selectedRow, TABS, type Tab } from '../state.ts'
import { wrap } from '../text.ts'
import { type TreeLine, treeLines } from '../tree.ts'
import { crossingLines, plain, rawMessages, repliedTree, sentTree } from './exchange.ts'
import { jsonLines } from './json.ts'
import { replayedLines } from './replayed.ts'
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
  const last = Math.max(0, body.length - room)
  const cursor = hasTree(detail.tab) ? Math.min(detail.scroll, body.length - 1) : undefined
  const from =
    cursor === undefined
      ? Math.min(detail.scroll, last)
      : Math.min(Math.max(0, cursor - Math.floor(room / 2)), last)
  const shown = body
    .slice(from, from + room)
    .map((each, at) => (from + at === cursor ? select(each.line, columns) : each.line))
  return [
    ruled(titleOf(row), columns, state.theme),
    tabsLine(detail.tab, body.length, from, room),
    EMPTY,
    ...fitBlock(shown, room),
  ]
}

/** Lines above the text: title, tabs, and one that is empty. */
const HEAD = 3

/** How far the text can be moved: to its end, or on a tree the cursor to the last line. */
export const detailLimit = (state: State, columns: number, rows: number): number => {
  const { length } = detailBody(state, columns)
  const tree = state.detail !== undefined && hasTree(state.detail.tab)
  return Math.max(0, tree ? length - 1 : length - (rows - HEAD))
}

const hasTree = (tab: Tab): boolean => tab === 'request' || tab === 'response'

/** What folds on the line of the cursor; how wide the screen is changes nothing but where lines break. */
export const nodeUnderCursor = (state: State): string | undefined => {
  const { detail } = state
  if (detail === undefined || !hasTree(detail.tab)) return undefined
  return detailBody(state, columnsOf(state))[detail.scroll]?.node
}

/** Of the text of a detail, frames not counted. */
const columnsOf = (state: State): number => {
  const { kind, pane } = layoutOf(state)
  return kind === 'wide' && pane.columns > 0 ? pane.columns - 2 : state.size.columns
}

const detailBody = (state: State, columns: number): readonly TreeLine[] => {
  const row = selectedRow(state)
  const { detail } = state
  if (row === undefined || detail === undefined) return []
  const replayed = plain(replayedLines(state, row, columns))
  return [...replayed, ...TAB_LINES[detail.tab](row, state, columns)]
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

type TabLines = (row: Row, state: State, columns: number) => readonly TreeLine[]

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
  const head = plain(
    pairs(
      [
        ['server', event.mcp_server],
        ['method', event.method],
        ['item', event.tool_name],
        ['action', event.action],
      ],
      columns,
    ),
  )
  return [
    ...head,
    ...plain([EMPTY]),
    ...(sentTree(row, state, columns) ?? recorded(row, state, columns)),
  ]
}

/** The parameters as the record keeps them, capped more than what is in memory. */
const recorded: TabLines = (row, state, columns) => {
  const event = wholeOf(row, state)
  if (row.slim && event === row.event) return plain(note('asking the gateway …', columns))
  if (event.parameters === undefined) return plain(note('no parameters', columns))
  return [
    ...plain([line([' parameters, as recorded', 'dim'])]),
    ...treeLines(event.parameters, 'request', columns, state.detail?.folded ?? new Set()),
  ]
}

const response: TabLines = (row, state, columns) => {
  const { event, mark } = row
  const ended = pairs(
    [
      ['status', mark === 'pending' ? 'the answer has not come yet' : event.status],
      ['http', event.response_status === undefined ? undefined : String(event.response_status)],
      ['took', event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`],
      ['code', event.code],
      ['error', event.error],
    ],
    columns,
  )
  return [...plain([...ended, EMPTY]), ...repliedTree(row, state, columns)]
}

/** What of the caller's credentials and connection is recorded: identities, never secrets. */
const headers: TabLines = (row, state, columns) => {
  const event = wholeOf(row, state)
  const identity = pairs(
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
  )
  return [
    ...plain([...identity, EMPTY]),
    ...crossingLines(row, state, columns),
    ...plain([EMPTY, ...note('Credentials are kept nowhere: who they stood for is.', columns)]),
  ]
}

const raw: TabLines = (row, state, columns) => [
  ...rawMessages(row, state, columns),
  ...plain([EMPTY, line([' in the record', 'strong'])]),
  ...plain(jsonLines(wholeOf(row, state), columns)),
]

const related = (row: Row, state: State, columns: number): readonly Line[] => {
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

/**
 * Messages may be long, and a frame is drawn at every key and every second: their lines are written anew
 * when the call, its messages, what is folded or the width are others. All that such a tab shows is in the key.
 */
const onceEach = (tab: TabLines): TabLines => {
  let key: readonly unknown[] = []
  let lines: readonly TreeLine[] = []
  return (row, state, columns) => {
    const { whole, bodies, detail, link } = state
    const { seq } = row
    const asked = [row, whole.get(seq), bodies.has(seq), bodies.get(seq), detail?.folded]
    const now = [...asked, link.kind, columns]
    if (now.length === key.length && now.every((each, at) => each === key[at])) return lines
    lines = tab(row, state, columns)
    key = now
    return lines
  }
}

const TAB_LINES: Readonly<Record<Tab, TabLines>> = {
  why: (...asked) => plain(whyLines(...asked)),
  request: onceEach(request),
  response: onceEach(response),
  headers,
  raw: onceEach(raw),
  related: (...asked) => plain(related(...asked)),
}
