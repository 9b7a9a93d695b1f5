import type { AuditEvent } from '../../core/events.ts'
import type { Bodies, Body } from '../../core/history.ts'
import type { ExportedCall, ExportSource } from './call.ts'
import { shownJson, shownText } from './shown.ts'

const MARKUP = Symbol('markup')
/** Only `markup` makes it, so that no text of others can be taken for it. */
type Markup = Readonly<{ [MARKUP]: string }>

type Part = string | number | undefined | Markup | readonly Markup[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

const isList = (part: Part): part is readonly Markup[] => Array.isArray(part)

const partText = (part: Part): string => {
  if (isList(part)) return part.map(partText).join('')
  if (typeof part === 'object') return part[MARKUP]
  return shownText(String(part ?? '')).replace(/[&<>"'`]/g, (sign) => ESCAPES[sign] ?? '')
}

/** Whatever stands in it and is no markup itself is escaped. */
const markup = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  [MARKUP]: texts.map((text, at) => `${text}${partText(parts[at])}`).join(''),
})

/** One page that holds everything it shows and runs nothing: it opens the same anywhere, for years. */
export const htmlText = (
  calls: readonly ExportedCall[],
  { place, version }: ExportSource,
): string => {
  const title = `${calls.length} calls of ${place}`
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p>${summaryOf(calls)} Secrets are masked and the longest parts left out. Written by datacline ${version}.</p>
<table>
<thead><tr>${HEADINGS.map((heading) => markup`<th>${heading}</th>`)}</tr></thead>
<tbody>
${calls.map(rowOf)}</tbody>
</table>
</body>
</html>
`
  return page[MARKUP]
}

const HEADINGS = ['#', 'Time', 'Decision', 'Who', 'Server', 'What', 'HTTP', 'ms', 'Why']

const summaryOf = (calls: readonly ExportedCall[]): string => {
  const count = (...wanted: readonly string[]) =>
    calls.filter(({ event }) => wanted.includes(event.status)).length
  const [first, last] = [calls[0]?.event.timestamp, calls.at(-1)?.event.timestamp]
  const counts = `${count('denied', 'refused')} denied or turned away, ${count('error')} failed.`
  return first === undefined || last === undefined ? counts : `${first} to ${last}: ${counts}`
}

/** A sign and a word, so that nothing is said by colour alone. */
const DECISIONS: Readonly<Record<AuditEvent['status'], readonly [style: string, text: string]>> = {
  success: ['permit', '✓ permitted'],
  denied: ['deny', '✗ denied'],
  refused: ['deny', '✗ turned away'],
  error: ['error', '! failed'],
  cancelled: ['warn', '- cancelled'],
  pending: ['warn', '… under way'],
  unknown: ['warn', '? unknown'],
}

const rowOf = ({ event, bodies }: ExportedCall): Markup => {
  const [style, decided] = DECISIONS[event.status]
  const what = event.tool_name ?? event.method ?? event.code ?? ''
  return markup`<tr class="${style}"><td>${event.seq}</td><td>${event.timestamp}</td><td class="mark">${decided}</td><td>${event.user}</td><td>${event.mcp_server}</td><td>${what}</td><td>${event.response_status}</td><td>${event.duration_ms}</td><td>${whyOf(event)}</td></tr>
<tr class="more"><td></td><td colspan="8"><details><summary>the whole call</summary>${messagesOf(bodies)}${part('in the record', event)}</details></td></tr>
`
}

const whyOf = ({ status, error, policy_decision }: AuditEvent): string | undefined =>
  status === 'error' ? (error ?? policy_decision) : policy_decision

const part = (heading: string, value: unknown): Markup =>
  markup`<h2>${heading}</h2><pre>${shownJson(value)}</pre>`

const messagesOf = (bodies: Bodies | undefined): readonly Markup[] =>
  bodies === undefined
    ? []
    : [
        ...(bodies.request === undefined ? [] : [message('sent', bodies.request)]),
        ...bodies.replies.map((reply) => message('came', reply)),
      ]

const message = (heading: string, { text, characters }: Body): Markup =>
  markup`<h2>${heading}</h2><pre>${text ?? `${characters} characters, too many to be kept`}</pre>`

const STYLE = markup`
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem; }
h1 { font-size: 1.2rem; }
h2 { font-size: .9rem; margin: .6rem 0 .2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; overflow-wrap: anywhere; }
th { border-bottom: 1px solid; }
tr.more td { padding-top: 0; border-bottom: 1px solid #8884; font-size: .85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.mark { white-space: nowrap; font-weight: 600; }
.permit .mark { color: #2a7d2a; }
.deny .mark { color: #c22; }
.error .mark { color: #a3308f; }
.warn .mark { color: #96690a; }
`
