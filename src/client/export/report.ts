import type { AuditEvent } from '../../core/events.ts'
import { printable } from '../../core/printable.ts'
import { shownJson } from './shown.ts'

/**
 * A call as a short report in Markdown (CommonMark): who did what, how it was decided and by which line,
 * and with which parameters. What others said stands in code, where nothing of it means anything.
 */
export const reportText = (event: AuditEvent): string => {
  const facts = FACTS.flatMap(([name, tell]) => {
    const told = tell(event)
    return told === undefined ? [] : [`- **${name}:** ${told}`]
  })
  const { parameters } = event
  return [
    `### ${code(subjectOf(event))} ${event.status}`,
    '',
    ...facts,
    ...(parameters === undefined ? [] : ['', 'Parameters, as recorded:', '', fenced(parameters)]),
    '',
  ].join('\n')
}

const subjectOf = ({ tool_name, method, code: reason }: AuditEvent): string =>
  (tool_name === '*' ? undefined : tool_name) ?? method ?? reason ?? 'a request'

type Tell = (event: AuditEvent) => string | undefined

const codes = (...texts: readonly (string | undefined)[]): string | undefined => {
  const said = texts.filter((text) => text !== undefined && text !== '')
  return said.length === 0 ? undefined : said.map((text) => code(text ?? '')).join(' · ')
}

const joined = (...parts: readonly (string | undefined)[]): string | undefined =>
  parts.filter((part) => part !== undefined).join(', ') || undefined

const FACTS: readonly (readonly [name: string, tell: Tell])[] = [
  [
    'who',
    ({ user, decision, source_address: address }) =>
      joined(
        codes(user) ?? 'nobody was established',
        decision?.roles.length ? `roles ${codes(...decision.roles)}` : undefined,
        address === undefined ? undefined : `from ${code(address)}`,
      ),
  ],
  [
    'what',
    ({ mcp_server, tool_name, action, method }) =>
      codes(
        mcp_server === undefined ? undefined : `mcp:${mcp_server}:${tool_name ?? '*'}`,
        action,
        method,
      ),
  ],
  ['decision', ({ policy_decision }) => codes(policy_decision)],
  ['rule', ({ decision }) => codes(decision?.rule, decision?.at)],
  ['error', ({ error }) => codes(error)],
  ['instead', ({ decision }) => codes(decision?.advice)],
  [
    'when',
    ({ timestamp, duration_ms, response_status, seq }) =>
      joined(
        timestamp,
        duration_ms === undefined ? undefined : `${duration_ms} ms`,
        response_status === undefined ? undefined : `HTTP ${response_status}`,
        `event ${seq}`,
      ),
  ],
]

/** CommonMark §6.1: as many backticks around as none of the text has in a row. */
const code = (text: string): string => {
  const safe = printable(text)
  const ticks = '`'.repeat(longestRun(safe) + 1)
  const pad = /^[` ]|[` ]$/.test(safe) || safe === '' ? ' ' : ''
  return `${ticks}${pad}${safe}${pad}${ticks}`
}

/** CommonMark §4.5. */
const fenced = (value: unknown): string => {
  const text = shownJson(value)
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}json\n${text}\n${fence}`
}

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
