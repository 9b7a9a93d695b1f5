import type { Reason } from './decision.ts'

/**
 * One row of the record. Field names of the original are kept where it had them; a forwarded operation
 * is two rows with one `exchange_id` (`intent`, then `outcome`), a refusal and an event are one each.
 */
export type AuditEvent = Readonly<{
  /** Strictly rising within one state directory; also the id of the live feed. */
  seq: number
  phase: 'intent' | 'outcome' | 'refusal' | 'event'
  exchange_id: string
  /** ISO 8601, UTC. */
  timestamp: string
  level: 'INFO' | 'WARNING' | 'ERROR'
  logger: 'audit'
  event_type: 'mcp_request' | 'policy_violation' | 'authentication' | 'request_refused' | 'gateway'
  /** Username; `anonymous` without authentication; undefined when nobody was established. */
  user?: string
  issuer?: string
  subject?: string
  token_id?: string
  source_address?: string
  face?: string
  era?: string
  method?: string
  action?: string
  mcp_server?: string
  /** The tool, prompt or resource URI. */
  tool_name?: string
  /** Redacted and capped. */
  parameters?: unknown
  status: 'pending' | 'success' | 'error' | 'denied' | 'cancelled' | 'refused' | 'unknown'
  /** One sentence, such as `allowed by role developer (policies/policy.yaml:12)`. */
  policy_decision?: string
  decision?: Reason
  /** Whole milliseconds, monotonic clock. */
  duration_ms?: number
  response_status?: number
  /** Stable code of the refusal, or of the gateway event. */
  code?: string
  error?: string
}>

/** What watchers see: every row of the record as it is settled, and intents as they are admitted. */
export type GatewayEvent = AuditEvent
