import { type ExportFormat, exportText } from '../../client/export.ts'
import type { GatewayEvent } from '../../core/events.ts'
import { PAGE } from '../../core/history.ts'
import type { JsonObject } from '../../core/json-rpc.ts'
import { AGGREGATES, GROUPS, groupEvents } from '../audit-groups.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { CliFault } from '../failure.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { pagesOf, type RecordSource, readFilter, withRecord } from '../record-source.ts'
import type { Column } from '../table.ts'
import { VERSION } from '../version.ts'

/** What is for other programs; JSON lines are ndjson. */
const EXPORTS = ['har', 'csv', 'html'] as const satisfies readonly ExportFormat[]

const FLAGS = {
  output: {
    ...GLOBAL_FLAGS.output,
    choices: [...GLOBAL_FLAGS.output.choices, ...EXPORTS],
    help: `${GLOBAL_FLAGS.output.choices.join(', ')} (DATACLINE_OUTPUT), or a file's: ${EXPORTS.join(', ')}`,
  },
  since: { value: 'TIME', help: 'not before: 15m, 2h, 7d, or a date' },
  until: { value: 'TIME', help: 'before: 15m, 2h, 7d ago, or a date' },
  limit: { value: 'N', help: 'how many events at most (100; all with --group-by)' },
  'group-by': {
    value: 'FIELD',
    choices: Object.keys(GROUPS),
    help: Object.keys(GROUPS).join(', '),
  },
  agg: {
    value: 'NAME',
    repeat: true,
    choices: Object.keys(AGGREGATES),
    help: `with --group-by: ${Object.keys(AGGREGATES).join(', ')} (count)`,
  },
} as const satisfies Flags

type QueryCall = Call<typeof FLAGS>

export const auditQuery = defineCommand({
  name: 'audit query',
  summary: 'Searches the record, or counts what it finds',
  about:
    'The newest events first, one an exchange. FILTER is that of `audit tail` (datacline help\nfilters). With --group-by, one line a value: how many events, or how long they took. With\n--local the file of the record is read, and no gateway need run. What -o ndjson writes,\n`datacline tui --file` opens; har, csv and html are for other programs, the oldest event first.',
  positionals: [{ name: 'FILTER', help: 'such as decision:deny', optional: true, many: true }],
  flags: FLAGS,
  examples: [
    'datacline audit query decision:deny --since 1h',
    'datacline audit query status:err --group-by tool --agg count --agg p95',
    'datacline audit query user:ana -o ndjson --fields seq,tool_name,status',
    'datacline audit query decision:deny --since 1d -o html > denials.html',
  ],
  exits: ['policy_denied', 'auth', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const { flags, output, around } = call
    const field = flags['group-by']
    if (flags.agg.length > 0 && field === undefined) {
      throw new CliFault('usage', '--agg needs --group-by')
    }
    const exported = exportOf(call)
    const filter = readFilter(wordsOf(call), around.now).text
    const limit = limitOf(flags.limit) ?? (field === undefined ? PAGE.usual : Infinity)
    return withRecord(call, async (source) => {
      const found = eventsOf(source, filter, limit)
      if (exported !== undefined) {
        const calls = (await Array.fromAsync(found)).map((event) => ({ event }))
        const place = source.client?.url ?? 'the record of this machine'
        around.stdout.write(exportText(exported, calls, { place, version: VERSION }))
        return 'ok'
      }
      if (field === undefined) {
        const events = await Array.fromAsync(found)
        output.list({ events, count: events.length }, 'events', COLUMNS)
      } else {
        const groups = await groupEvents(found, field, flags.agg)
        output.list({ groups, count: groups.length }, 'groups', groupColumns(field, groups))
      }
      return 'ok'
    })
  },
})

/** @throws CliFault `usage` for what such a file cannot hold */
const exportOf = ({ flags }: QueryCall): ExportFormat | undefined => {
  const format = EXPORTS.find((each) => each === flags.output)
  if (format === undefined) return undefined
  const other = flags.fields === undefined ? 'group-by' : 'fields'
  if (flags[other] === undefined) return format
  throw new CliFault('usage', `--${other} goes with text, json and ndjson, not with ${format}`)
}

/** The flags are tests like any other, in parentheses so that `a | b` stays one. */
const wordsOf = ({ flags, positionals, around }: QueryCall): readonly string[] => {
  const given = positionals.join(' ').trim()
  // A fault is told in the words that were typed, not in those that are added here.
  if (given !== '') readFilter([given], around.now)
  return [
    ...(given === '' ? [] : [`(${given})`]),
    ...(flags.since === undefined ? [] : [`since:"${flags.since}"`]),
    ...(flags.until === undefined ? [] : [`until:"${flags.until}"`]),
  ]
}

/** @throws CliFault `usage` */
const limitOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new CliFault('usage', `--limit: ${JSON.stringify(text)} is no number from 1 on`)
}

async function* eventsOf(
  source: RecordSource,
  filter: string,
  limit: number,
): AsyncGenerator<GatewayEvent> {
  let left = limit
  for await (const page of pagesOf(source, { filter, limit: Math.min(left, PAGE.most) })) {
    for (const event of page.events) {
      yield event
      left--
      if (left === 0) return
    }
  }
}

const text = (value: unknown): string => (value === undefined ? '' : String(value))

const TONES = {
  success: 'allow',
  denied: 'deny',
  refused: 'deny',
  error: 'warn',
  cancelled: 'warn',
  unknown: 'warn',
} as const

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'SEQ', value: ({ seq }) => text(seq), align: 'right' },
  { title: 'TIME', value: ({ timestamp }) => text(timestamp) },
  {
    title: 'STATUS',
    value: ({ status }) => text(status),
    tone: ({ status }) => TONES[status as keyof typeof TONES],
  },
  { title: 'USER', value: ({ user }) => text(user) },
  { title: 'SERVER', value: ({ mcp_server }) => text(mcp_server) },
  { title: 'WHAT', value: (row) => text(row.tool_name ?? row.method ?? row.code) },
  { title: 'HTTP', value: (row) => text(row.response_status), align: 'right' },
  { title: 'MS', value: (row) => text(row.duration_ms), align: 'right' },
  { title: 'WHY', value: (row) => text(row.status === 'error' ? row.error : row.policy_decision) },
]

const groupColumns = (
  field: string,
  groups: readonly JsonObject[],
): readonly Column<JsonObject>[] => [
  { title: field.toUpperCase(), value: (row) => text(row[field]) },
  ...Object.keys(groups[0] ?? {})
    .filter((name) => name !== field)
    .map(
      (name): Column<JsonObject> => ({
        title: name.toUpperCase(),
        value: (row) => (row[name] === null ? '-' : text(row[name])),
        align: 'right',
      }),
    ),
]
