import type { LogNews } from '../../client.ts'
import { printable } from '../../core/printable.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { countOf } from '../counts.ts'
import { follow } from '../following.ts'
import { connectAsOperator } from '../operator.ts'

const FLAGS = {
  follow: { short: 'f', help: 'go on with what it writes from now, until ctrl-c' },
  lines: { value: 'N', short: 'n', help: 'how many of the last lines (all that are kept)' },
} as const satisfies Flags

type LogsCall = Call<typeof FLAGS>

export const serversLogs = defineCommand({
  name: 'servers logs',
  summary: 'Shows what a stdio server last wrote to standard error, and with -f what it writes',
  about:
    'The gateway keeps the last 200 lines of each, with secrets masked; of a server that is no program,\nwhat was noted about it. With -f one line each as it comes; with --json one JSON document a line.\nNeeds the permission gateway:observe, or to be on the machine of the gateway.',
  positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
  flags: FLAGS,
  examples: [
    'datacline servers logs files',
    'datacline servers logs files -f -n 20',
    'datacline servers logs files -o ndjson',
  ],
  exits: ['policy_denied', 'auth', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const { positionals, output, flags } = call
    const [name = ''] = positionals
    const wanted = countOf(flags.lines, Number.POSITIVE_INFINITY, 'lines')
    const client = await connectAsOperator(call)
    const body = await client.request('GET', `/admin/servers/${encodeURIComponent(name)}/logs`)
    const kept = Array.isArray(body.lines) ? body.lines.map(String) : []
    const lines = wanted === 0 ? [] : kept.slice(-wanted)
    if (flags.follow || output.format === 'ndjson') for (const line of lines) show(call, line)
    else output.result({ ...body, lines }, () => lines.map(lineText).join(''))
    if (typeof body.problem === 'string') output.note(printable(body.problem))
    else if (kept.length === 0) output.note(`${name} has written nothing to standard error`)
    if (!flags.follow) return 'ok'
    let after = Number(body.last_line ?? 0)
    return follow<LogNews>(call, client, {
      open: (reached, signal) => reached.log(name, { after, signal }),
      hear: (news) => {
        if (news.kind === 'missed') output.note(`${news.count} lines are not shown: too many`)
        if (news.kind !== 'line') return
        after = news.number
        show(call, news.line)
      },
    })
  },
})

const lineText = (line: string): string => `${printable(line)}\n`

const show = ({ output }: LogsCall, line: string): void => output.result(line, () => lineText(line))
