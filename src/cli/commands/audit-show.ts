import { reportText } from '../../client/export/report.ts'
import type { Comparison } from '../../core/decision.ts'
import type { GatewayEvent } from '../../core/events.ts'
import type { EventDetail } from '../../core/history.ts'
import { printable } from '../../core/printable.ts'
import { defineCommand } from '../command.ts'
import { CliFault } from '../failure.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import type { Output } from '../output.ts'
import { withRecord } from '../record-source.ts'
import { prettyJson } from '../text.ts'

export const auditShow = defineCommand({
  name: 'audit show',
  summary: 'Shows one event of the record, and why it was decided so',
  about:
    'By the number in the record, or by the id of the exchange. Parameters are shown as they were\nrecorded: redacted and capped. With --json also the rows of the exchange as they were written.\n-o markdown is a short report, to be pasted elsewhere.',
  positionals: [{ name: 'EVENT', help: 'its number, such as 18377, or the id of its exchange' }],
  flags: {
    output: {
      ...GLOBAL_FLAGS.output,
      choices: [...GLOBAL_FLAGS.output.choices, 'markdown'],
      help: `${GLOBAL_FLAGS.output.choices.join(', ')} (DATACLINE_OUTPUT), or markdown`,
    },
  },
  examples: [
    'datacline audit show 18377',
    "datacline audit show '#18377' --json",
    'datacline audit show 18377 -o markdown',
  ],
  exits: ['policy_denied', 'auth', 'gateway_unreachable', 'not_found'],
  run: async (call) => {
    const [id = ''] = call.positionals
    return withRecord(call, async (source) => {
      const detail = await source.one(id)
      if (detail === undefined) {
        throw new CliFault('not_found', `no event ${JSON.stringify(id)} in the record`, {
          hint: 'datacline audit tail',
        })
      }
      if (call.flags.output === 'markdown') {
        call.around.stdout.write(reportText(wholeOf(detail)))
      } else call.output.result(detail, () => detailText(detail, call.output))
      return 'ok'
    })
  },
})

/** An outcome may leave to its intent what was asked. */
const wholeOf = ({ event, rows }: EventDetail): GatewayEvent => ({
  ...event,
  parameters: event.parameters ?? rows.find(({ parameters }) => parameters)?.parameters,
})

type Line = readonly [name: string, value: string | number | undefined]

const detailText = ({ event, rows }: EventDetail, output: Output): string =>
  [
    section(output, headline(event), aboutLines(event, rows)),
    event.parameters === undefined ? '' : `\nparameters\n${prettyJson(event.parameters)}\n`,
    decisionText(event, output),
  ].join('')

const headline = ({ seq, tool_name, method, code, status }: GatewayEvent): string =>
  `#${seq}  ${tool_name ?? method ?? code ?? ''}  ${status}`

const aboutLines = (event: GatewayEvent, rows: readonly GatewayEvent[]): readonly Line[] => [
  ['time', event.timestamp],
  ['user', event.user],
  ['issuer', event.issuer],
  ['subject', event.subject],
  ['from', event.source_address],
  ['face', event.face],
  ['era', event.era],
  ['server', event.mcp_server],
  ['method', event.method],
  ['action', event.action],
  ['answer', event.response_status],
  ['took', event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`],
  ['code', event.code],
  ['error', event.error],
  ['exchange', event.exchange_id],
  ['rows', rows.map(({ seq, phase }) => `#${seq} ${phase}`).join(', ')],
]

const section = ({ paint }: Output, title: string, lines: readonly Line[]): string => {
  const shown = lines.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(10)}${printable(String(value))}\n`],
  )
  return `${paint('strong', printable(title))}\n${shown.join('')}`
}

const decisionText = ({ decision, policy_decision }: GatewayEvent, output: Output): string => {
  if (decision === undefined) return `\n${section(output, policy_decision ?? '', [])}`
  const { compared, nearMisses, roles, advice, rule, at, policyHash } = decision
  return [
    '\n',
    section(output, decision.text, [
      ['by', [rule, at].filter(Boolean).join('  ') || undefined],
      ['roles', roles.join(', ') || 'none'],
      ['policy', policyHash.slice(0, 12)],
    ]),
    ...compared.map((each) => comparisonText(each, output)),
    ...(nearMisses.length === 0 ? [] : ['\nnearly\n']),
    ...nearMisses.map(
      ({ name, at: place, because }) =>
        `  ${printable([name, place].filter(Boolean).join('  '))}\n    ${printable(because)}\n`,
    ),
    advice === undefined ? '' : `\n${printable(advice)}\n`,
  ].join('')
}

const comparisonText = (
  { key, expected, actual, holds }: Comparison,
  { paint }: Output,
): string => {
  const mark = holds ? paint('allow', '✓') : paint('deny', '✗')
  return `  ${mark} ${printable(key)}: wants ${printable(expected)}, is ${printable(actual)}\n`
}
