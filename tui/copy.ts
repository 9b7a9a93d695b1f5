import { reportText } from '../src/client/export/report.ts'
import type { AuditEvent } from '../src/core/events.ts'
import { isObject } from '../src/core/json-rpc.ts'

export type CopyKind = 'cli' | 'curl' | 'json' | 'rule' | 'markdown'

/** The call in a form that can be pasted elsewhere; undefined when it has none. */
export const copyText = (kind: CopyKind, event: AuditEvent, place: string): string | undefined =>
  FORMS[kind](event, place)

type Form = (event: AuditEvent, place: string) => string | undefined

/** A word of a POSIX shell, quoted where it must be. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

const cli: Form = ({ method, mcp_server, tool_name, parameters }, place) => {
  if (method !== 'tools/call' || mcp_server === undefined || tool_name === undefined)
    return undefined
  const said = isObject(parameters)
    ? Object.entries(parameters).map(([name, value]) =>
        quoted(
          `${name.replace(/[\\=:.[\]]/g, '\\$&')}${typeof value === 'string' ? `==${value}` : `:=${JSON.stringify(value)}`}`,
        ),
      )
    : []
  return [
    'datacline invoke',
    quoted(mcp_server),
    quoted(tool_name),
    ...said,
    `--gateway ${quoted(place)}`,
  ].join(' ')
}

const curl: Form = ({ method, mcp_server, tool_name, parameters }, place) => {
  if (method !== 'tools/call' || mcp_server === undefined || tool_name === undefined)
    return undefined
  const body = JSON.stringify({ tool_name, parameters: parameters ?? {} })
  const address = `${place}/mcp/invoke?mcp_server=${encodeURIComponent(mcp_server)}`
  return `curl ${quoted(address)} -H 'Content-Type: application/json' -d ${quoted(body)}`
}

/** The narrowest rule for this very call: who, where, what, and to do the opposite. */
const rule: Form = ({ status, user, mcp_server, tool_name, action }) => {
  if (mcp_server === undefined || tool_name === undefined || action === undefined) return undefined
  const effect = status === 'denied' ? 'allow' : 'deny'
  const name = `${effect === 'allow' ? 'Allow' : 'Deny'} ${tool_name} on ${mcp_server}`
  const lines = [
    `- name: ${JSON.stringify(user === undefined ? name : `${name} for ${user}`)}`,
    '  condition:',
    ...(user === undefined ? [] : [`    user: ${JSON.stringify(user)}`]),
    `    action: ${JSON.stringify(action)}`,
    `    mcp_server: ${JSON.stringify(mcp_server)}`,
    `    tool: ${JSON.stringify(tool_name)}`,
    `  action: ${effect}`,
    '  priority: 1000',
  ]
  return `${lines.join('\n')}\n`
}

const FORMS: Readonly<Record<CopyKind, Form>> = {
  cli,
  curl,
  json: (event) => JSON.stringify(event, undefined, 2),
  rule,
  markdown: reportText,
}
