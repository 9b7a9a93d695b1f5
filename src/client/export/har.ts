import type { AuditEvent } from '../../core/events.ts'
import type { Bodies, Body } from '../../core/history.ts'
import type { ExportedCall, ExportSource } from './call.ts'
import { shownJson } from './shown.ts'

/**
 * HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): what developer tools of browsers open. Each
 * call stands as the JSON-RPC message that it is, whatever face it came through; decision and rule stand
 * in comments, and the whole event of the record in `_event`. What happened to the gateway is no call.
 */
export const harText = (calls: readonly ExportedCall[], source: ExportSource): string => {
  const entries = calls
    .filter(({ event }) => event.phase !== 'event')
    .map((call) => entryOf(call, source))
    .toSorted((left, right) => compare(left.startedDateTime, right.startedDateTime))
  const log = {
    version: '1.2',
    creator: { name: 'datacline', version: source.version },
    entries,
    comment: `from ${source.place}; secrets are masked and the longest parts left out`,
  }
  return `${shownJson({ log })}\n`
}

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right))

const entryOf = ({ event, bodies }: ExportedCall, source: ExportSource) => {
  const time = Math.max(0, event.duration_ms ?? 0)
  return {
    startedDateTime: startOf(event, time),
    time,
    request: requestOf(event, bodies, source),
    response: responseOf(event, bodies),
    cache: {},
    // A moment of its own was measured for nothing but the whole: it counts as waiting.
    timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: time, receive: 0 },
    comment: decisionText(event),
    _event: event,
  }
}

/** A row is written when the call is over. */
const startOf = ({ timestamp }: AuditEvent, time: number): string => {
  const started = new Date(Date.parse(timestamp) - time)
  return Number.isNaN(started.getTime()) ? new Date(0).toISOString() : started.toISOString()
}

/** `denied by rule: … (policies/policy.yaml:31)`; the place once more where the sentence lacks it. */
const decisionText = ({ status, policy_decision, decision, error }: AuditEvent): string => {
  const said = policy_decision ?? decision?.text ?? 'not decided'
  const at = decision?.at
  return [
    `${status}: ${said}`,
    at === undefined || said.includes(at) ? undefined : `at ${at}`,
    error === undefined || said.includes(error) ? undefined : `error: ${error}`,
  ]
    .filter((part) => part !== undefined)
    .join('; ')
}

const requestOf = (event: AuditEvent, bodies: Bodies | undefined, { place }: ExportSource) => {
  const crossed = bodies?.request?.text
  const text = crossed ?? messageOf(event)
  return {
    method: 'POST',
    url: addressOf(event, place),
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: Object.entries(bodies?.headers ?? {}).map(([name, value]) => ({ name, value })),
    queryString: [],
    ...(text !== undefined && {
      postData: {
        mimeType: 'application/json',
        params: [],
        text,
        comment:
          crossed === undefined ? 'made of what the record keeps' : 'as it crossed, secrets masked',
      },
    }),
    headersSize: -1,
    bodySize: -1,
    comment: `came through the ${event.face ?? 'unknown'} face from ${event.user ?? 'nobody known'}`,
  }
}

/** RFC 2606 §2: a name for what has no address. */
const NOWHERE = 'http://gateway.invalid'

const addressOf = ({ mcp_server, face }: AuditEvent, place: string): string => {
  const origin = /^https?:\/\//.test(place) && URL.canParse(place) ? place : NOWHERE
  const path =
    mcp_server === undefined
      ? face === 'admin'
        ? '/admin'
        : '/mcp'
      : `/servers/${encodeURIComponent(mcp_server.toWellFormed())}/mcp`
  return `${origin.replace(/\/+$/, '')}${path}`
}

/** What names the item in a request, by method (MCP 2026-07-28). */
const NAMED: Readonly<Record<string, string>> = { 'resources/read': 'uri' }

/** The request as far as the record tells it; undefined where not even a method was established. */
const messageOf = ({ seq, method, tool_name, parameters }: AuditEvent): string | undefined => {
  if (method === undefined) return undefined
  const named = tool_name !== undefined && tool_name !== '*'
  const params = {
    ...(named && { [NAMED[method] ?? 'name']: tool_name }),
    ...(parameters !== undefined && { arguments: parameters }),
  }
  return JSON.stringify({ jsonrpc: '2.0', id: seq, method, params })
}

const responseOf = (event: AuditEvent, bodies: Bodies | undefined) => {
  const answer = bodies?.replies.at(-1)
  return {
    status: event.phase === 'intent' ? 0 : (event.response_status ?? 0),
    statusText: event.code ?? '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: [],
    content: contentOf(answer),
    redirectURL: '',
    headersSize: -1,
    bodySize: -1,
    comment: event.error ?? event.status,
  }
}

const contentOf = (answer: Body | undefined) => {
  if (answer?.text === undefined) {
    return {
      size: answer?.characters ?? 0,
      mimeType: 'application/json',
      comment: 'the record keeps how a call ended, not its messages',
    }
  }
  return {
    size: Buffer.byteLength(answer.text),
    mimeType: 'application/json',
    text: answer.text,
    comment: 'as it crossed, secrets masked',
  }
}
