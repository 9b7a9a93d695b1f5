import type { AuditEvent } from '../../core/events.ts'
import { printable } from '../../core/printable.ts'
import type { ExportedCall } from './call.ts'

type Cell = string | number | undefined

/** The columns; later ones are only ever added behind these. */
const COLUMNS: readonly (readonly [name: string, value: (event: AuditEvent) => Cell])[] = [
  ['seq', ({ seq }) => seq],
  ['timestamp', ({ timestamp }) => timestamp],
  ['status', ({ status }) => status],
  ['user', ({ user }) => user],
  ['issuer', ({ issuer }) => issuer],
  ['subject', ({ subject }) => subject],
  ['source_address', ({ source_address }) => source_address],
  ['face', ({ face }) => face],
  ['mcp_server', ({ mcp_server }) => mcp_server],
  ['method', ({ method }) => method],
  ['action', ({ action }) => action],
  ['tool_name', ({ tool_name }) => tool_name],
  ['response_status', ({ response_status }) => response_status],
  ['duration_ms', ({ duration_ms }) => duration_ms],
  ['policy_decision', ({ policy_decision }) => policy_decision],
  ['rule', ({ decision }) => decision?.rule],
  ['rule_at', ({ decision }) => decision?.at],
  ['code', ({ code }) => code],
  ['error', ({ error }) => error],
  ['parameters', ({ parameters }) => JSON.stringify(parameters)],
  ['exchange_id', ({ exchange_id }) => exchange_id],
]

/** RFC 4180 with a header line. What a spreadsheet would take for a formula gets a `'` before it. */
export const csvText = (calls: readonly ExportedCall[]): string =>
  [
    COLUMNS.map(([name]) => name),
    ...calls.map(({ event }) => COLUMNS.map(([, value]) => cellOf(value(event)))),
  ]
    .map((cells) => `${cells.map(quoted).join(',')}\r\n`)
    .join('')

/** CWE-1236: what makes a spreadsheet compute, in either width; blanks before it do not help. */
const FORMULA = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u

const cellOf = (value: Cell): string => {
  if (typeof value === 'number') return String(value)
  // Line breaks are data; whatever else a terminal or an editor would obey is shown.
  const text = (value ?? '').split('\n').map(printable).join('\n')
  return FORMULA.test(text) ? `'${text}` : text
}

/** RFC 4180 §2.5–2.7; the semicolon parts cells where the comma is a decimal point. */
const quoted = (text: string): string =>
  /[",;'\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
