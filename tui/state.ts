import type { AuditEvent } from '../src/core/events.ts'
import type { Bodies } from '../src/core/history.ts'
import type { JsonObject } from '../src/core/json-rpc.ts'
import type { RuleDraft, RulePreview, RuleWrite, RuleWritten } from '../src/core/rule.ts'
import type { Range, Snapshot } from '../src/core/snapshot.ts'
import { BROWSE, type Browse } from './browse.ts'
import type { Figures } from './course.ts'
import type { Row } from './row.ts'
import type { RunningCall } from './running.ts'
import type { Theme, Tone } from './theme.ts'
import type { ListedTool } from './tool.ts'

export type Screen = 'traffic' | 'servers' | 'policies' | 'people' | 'stats' | 'log'
export const SCREENS: readonly Screen[] = [
  'traffic',
  'servers',
  'policies',
  'people',
  'stats',
  'log',
]

export type Tab = 'why' | 'request' | 'response' | 'headers' | 'raw' | 'related'
export const TABS: readonly Tab[] = ['why', 'request', 'response', 'headers', 'raw', 'related']

/** How the gateway is reached. `file`: a recording, which says nothing new. */
export type Link = Readonly<
  | { kind: 'opening' }
  | { kind: 'live' }
  | { kind: 'lost'; sentence: string }
  | { kind: 'refused'; sentence: string }
  | { kind: 'file' }
>

/** A line of the log: what happened to the gateway, or to us. */
export type LogEntry = Readonly<{ at: number; text: string; tone: Tone }>

/** A line that is being typed. */
export type Input = Readonly<{
  kind: 'filter' | 'command' | 'search' | 'help'
  text: string
  /** Where in the history it stands; undefined for what was typed. */
  recalled: number | undefined
  problem: string | undefined
  /** At which character the fault is. */
  at?: number
}>

export type Matcher = (event: AuditEvent) => boolean

/** `text` stays when it is switched off, so that it can come back. */
export type Filter = Readonly<{ text: string; on: boolean; matches: Matcher }>

/** Something that only the outside can do; the reducer asks for it. */
export type Want =
  | Readonly<{ kind: 'detail'; seq: number }>
  | Readonly<{ kind: 'history'; before: number | undefined; filter: string }>
  | Readonly<{ kind: 'snapshot' }>
  | Readonly<{ kind: 'copy'; text: string; what: string }>
  | Readonly<{ kind: 'export'; path: string; seqs: readonly number[] }>
  /** `parameters`: in place of those that were said. */
  | Readonly<{ kind: 'replay'; seq: number; live: boolean; parameters?: JsonObject }>
  /** Opens the parameters of a call in an editor; `text` is what was written there before. */
  | Readonly<{ kind: 'edit parameters'; seq: number; text: string | undefined }>
  | Readonly<{ kind: 'cancel'; call: RunningCall }>
  /** A server's tools and the end of its log. */
  | Readonly<{ kind: 'server'; server: string }>
  /** What was filled in: asked about, or called. */
  | Readonly<{
      kind: 'form'
      server: string
      tool: ListedTool
      parameters: JsonObject
      live: boolean
      turn: number
    }>
  | Readonly<{ kind: 'rule preview'; draft: RuleDraft }>
  | Readonly<{ kind: 'rule write'; rule: RuleWrite }>
  | Readonly<{ kind: 'rule undo'; expect: string }>
  | Readonly<{ kind: 'end session'; id: string }>
  /** Opens an editor at a place such as `policies/policy.yaml:31`. */
  | Readonly<{ kind: 'edit'; at: string }>
  | Readonly<{ kind: 'leave'; stopGateway: boolean }>
  | Readonly<{ kind: 'redraw' }>

/** Something that is asked before it is done. */
export type Question = Readonly<{
  text: string
  answers: readonly Readonly<{ key: string; label: string; command: string }>[]
  /** It is about this call, and over when that is. */
  whileRunning?: RunningCall
}>

export type Replayed = Readonly<{
  seq: number
  live: boolean
  /** What policy said, or what became of the call. */
  lines: readonly string[]
  /** What came back. */
  value?: unknown
  tone: Tone
  /** What was written in place of the parameters that were said. */
  parameters?: JsonObject
}>

/** A rule that is being written from a call. */
export type RuleForm = Readonly<{
  /** Sequence number of the call. */
  event: number
  subject: string
  effect: 'allow' | 'deny'
  /** Undefined: the narrowest. */
  scope: string | undefined
  /** What it would change; of what was asked before, until the next comes. */
  preview: RulePreview | undefined
  problem: string | undefined
  /** The first of the file's lines that is shown; undefined: where they change. */
  scroll?: number
  /** Whether the list followed the newest call before, and shall again. */
  followed: boolean
}>

export type State = Readonly<{
  size: Readonly<{ columns: number; rows: number }>
  /** Milliseconds since the epoch, as of the last tick. */
  now: number
  /** Minutes that the clock on the wall is behind UTC, as Date.getTimezoneOffset tells it. */
  zone: number
  theme: Theme
  /** Reads a filter. @throws Error with a sentence, and where (`at`) the fault is */
  readFilter: (text: string) => Matcher
  /** The address, or the name of the recording. */
  place: string
  link: Link
  /** Whether this screen belongs to a `serve`, which may end with it. */
  serving: boolean
  /** Whether a line says what to press next. */
  guide?: boolean
  /** Ascending, at most CAPACITY. */
  rows: readonly Row[]
  /** The calls under way: exchange → sequence number of their first row. */
  open: ReadonlyMap<string, number>
  /** Sequence number of the newest row heard. */
  heard: number
  counts: Readonly<{ calls: number; denied: number; failed: number; missed: number }>
  /** Whether the gateway's own administration is listed. */
  admin: boolean
  filter: Filter
  /** What the filter lets through, up to the pause. */
  visible: readonly Row[]
  /** While paused: the newest sequence number that is shown. */
  paused: number | undefined
  follow: boolean
  /** Sequence numbers, so that they hold while rows come and go. */
  cursor: number | undefined
  top: number | undefined
  marked: ReadonlySet<number>
  markedOnly: boolean
  search: string
  screen: Screen
  why: 'off' | 'pane' | 'full'
  /** On a tab with a tree, `scroll` is the line of its cursor. */
  detail: Readonly<{ tab: Tab; scroll: number; folded?: ReadonlySet<string> }> | undefined
  /** Whole events that were asked for, by sequence number of their call. */
  whole: ReadonlyMap<number, AuditEvent>
  /** What crossed in those calls; undefined where the gateway kept nothing. */
  bodies: ReadonlyMap<number, Bodies | undefined>
  /** `word`: only lines that hold it. */
  help: Readonly<{ scroll: number; word?: string }> | undefined
  browse: Browse
  /** The first line of a screen that is a text. */
  scroll: number
  input: Input | undefined
  histories: Readonly<Record<Input['kind'], readonly string[]>>
  /** Keys typed so far of a chord such as `y c`. */
  chord: string | undefined
  question: Question | undefined
  message: Readonly<{ text: string; tone: Tone }> | undefined
  log: readonly LogEntry[]
  snapshot: Snapshot | undefined
  /** The time that Stats tells of. */
  range: Range
  /** What was counted at the last tick; to be counted anew where it is not there. */
  figures: Figures | undefined
  replayed: Replayed | undefined
  /** The call that is being made again, and since when. */
  replaying: Readonly<{ seq: number; since: number; isCancelled: boolean }> | undefined
  /** Parameters that were written in an editor and could not be read. */
  draft: Readonly<{ seq: number; text: string }> | undefined
  rule: RuleForm | undefined
  /** The last rule that was written here and can be taken back. */
  written: RuleWritten | undefined
  /** Which of the rules and permissions the cursor of the policy is on. */
  policyAt: number
  exhausted: boolean
  /** Whether newer calls were let go while older ones were browsed; the list then ends before them. */
  detached: boolean
  wants: readonly Want[]
}>

/** Calls that are kept; older ones are asked for again when somebody goes there. */
export const CAPACITY = 10_000
export const LOG_CAPACITY = 1_000

export const EVERYTHING: Filter = { text: '', on: true, matches: () => true }

export type Beginning = Pick<
  State,
  'size' | 'now' | 'zone' | 'theme' | 'place' | 'serving' | 'guide' | 'readFilter'
>

export const begin = (given: Beginning): State => ({
  ...given,
  link: { kind: 'opening' },
  rows: [],
  open: new Map(),
  heard: 0,
  counts: { calls: 0, denied: 0, failed: 0, missed: 0 },
  admin: false,
  filter: EVERYTHING,
  visible: [],
  paused: undefined,
  follow: true,
  cursor: undefined,
  top: undefined,
  marked: new Set(),
  markedOnly: false,
  search: '',
  screen: 'traffic',
  why: 'pane',
  detail: undefined,
  whole: new Map(),
  bodies: new Map(),
  help: undefined,
  browse: BROWSE,
  scroll: 0,
  input: undefined,
  histories: { filter: [], command: [], search: [], help: [] },
  chord: undefined,
  question: undefined,
  message: undefined,
  log: [],
  snapshot: undefined,
  range: '15m',
  figures: undefined,
  replayed: undefined,
  replaying: undefined,
  draft: undefined,
  rule: undefined,
  written: undefined,
  policyAt: 0,
  exhausted: false,
  detached: false,
  wants: [],
})

/** The row under the cursor. */
export const selectedRow = (state: State): Row | undefined => {
  const at = indexOfSeq(state.visible, state.cursor)
  return state.visible[at]
}

/** Where the row with this number stands, or the one before it; -1 before the first. */
export const indexOfSeq = (rows: readonly Row[], seq: number | undefined): number => {
  if (seq === undefined) return -1
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.seq ?? 0) <= seq) low = middle + 1
    else high = middle
  }
  return low - 1
}
