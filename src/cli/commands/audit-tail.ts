import type { Client, FeedNews } from '../../client.ts'
import type { GatewayEvent } from '../../core/events.ts'
import { PAGE } from '../../core/history.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { countOf } from '../counts.ts'
import { eventLine } from '../event-line.ts'
import type { ExitName } from '../exit-codes.ts'
import { CliFault } from '../failure.ts'
import { follow } from '../following.ts'
import { pagesOf, type RecordSource, readFilter, withRecord } from '../record-source.ts'

const FLAGS = {
  follow: { short: 'f', help: 'go on with what happens from now, until ctrl-c' },
  lines: { value: 'N', short: 'n', help: 'how many of the last events (20)' },
} as const satisfies Flags

type TailCall = Call<typeof FLAGS>

export const auditTail = defineCommand({
  name: 'audit tail',
  summary: 'Shows what happened last, and with -f what happens',
  about:
    'One line an event, the newest last; with --json one JSON document a line, which\n`datacline tui --file` opens. FILTER picks events (datacline help filters); without one, what\nthose who watch the gateway asked of it is left out. Needs the permission gateway:observe, or\nto be on the machine of the gateway. With --local the file of the record is read, and no\ngateway need run; what it has in flight then reads as unknown.',
  positionals: [{ name: 'FILTER', help: 'such as decision:deny', optional: true, many: true }],
  flags: FLAGS,
  examples: [
    'datacline audit tail',
    'datacline audit tail -f decision:deny',
    'datacline audit tail -n 1000 --json > recording.jsonl',
  ],
  exits: ['policy_denied', 'auth', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const { positionals, flags, around } = call
    const words = positionals.length === 0 ? ['-face:=admin'] : positionals
    const { matches, text } = readFilter(words, around.now)
    const lines = countOf(flags.lines, 20, 'events')
    return withRecord(call, async (source) => {
      const { events, head } = await last(source, text, lines)
      for (const event of events.toReversed()) show(call, event)
      if (!flags.follow) return 'ok'
      if (source.client === undefined) {
        throw new CliFault('usage', '--follow needs a gateway that runs, --local reads its file')
      }
      return goOn(call, source.client, head, matches)
    })
  },
})

/** The last events, newest first, and how far the record went. */
const last = async (source: RecordSource, filter: string, wanted: number) => {
  const events: GatewayEvent[] = []
  let head: number | undefined
  const limit = Math.min(Math.max(1, wanted), PAGE.most)
  for await (const page of pagesOf(source, { filter, limit })) {
    head ??= page.head_seq
    events.push(...page.events.slice(0, wanted - events.length))
    if (events.length >= wanted) break
  }
  return { events, head: head ?? 0 }
}

const show = ({ output }: TailCall, event: GatewayEvent): void => {
  const coloured = output.paint('strong', 'x') !== 'x'
  // People who look at the past want to see what never ended, too.
  const shown = event.phase === 'intent' ? ({ ...event, phase: 'outcome' } as const) : event
  output.result(event, () => `${eventLine(shown, coloured)}\n`)
}

const goOn = (
  call: TailCall,
  client: Client,
  head: number,
  matches: (event: GatewayEvent) => boolean,
): Promise<ExitName> => {
  const { output } = call
  let after = head
  return follow<FeedNews>(call, client, {
    open: (reached, signal) => reached.events({ after, signal }),
    hear: (news) => {
      if (news.kind === 'unreadable') output.note(`an event is not shown: it ${news.problem}`)
      if (news.kind === 'missed')
        output.note(`${news.count} events are not shown: too many at once`)
      if (news.kind !== 'event') return
      after = news.event.seq
      if (news.event.phase !== 'intent' && matches(news.event)) show(call, news.event)
    },
  })
}
