import { describe, expect, test } from 'bun:test'
import { eventLine } from '../../src/cli/event-line.ts'
import type { GatewayEvent } from '../../src/core/events.ts'

const event = (over: Partial<GatewayEvent> = {}): GatewayEvent => ({
  seq: 7,
  phase: 'outcome',
  exchange_id: 'x',
  timestamp: '2026-01-15T10:30:45.123Z',
  level: 'INFO',
  logger: 'audit',
  event_type: 'mcp_request',
  user: 'ann',
  action: 'invoke_tool',
  mcp_server: 'demo',
  tool_name: 'add',
  status: 'success',
  policy_decision: 'allowed by role developer (policies/policy.yaml:12)',
  duration_ms: 3,
  ...over,
})

describe('a line for people', () => {
  test('says who did what, how long it took, and why it was allowed', () => {
    expect(eventLine(event(), false)).toMatch(
      /^\d\d:\d\d:\d\d {2}✓ permitted {2}ann {2}invoke_tool demo add {2}3ms {2}allowed by role developer \(policies\/policy\.yaml:12\)$/,
    )
  })

  test('a denial shows its rule, and is not told by colour alone', () => {
    const denied = event({ status: 'denied', policy_decision: 'denied by rule: R (policy.yaml:3)' })
    expect(eventLine(denied, true)).toContain('✗ denied')
    expect(eventLine(denied, false)).toContain('denied by rule: R (policy.yaml:3)')
  })

  test('an intent is no news of its own', () => {
    expect(eventLine(event({ phase: 'intent', status: 'pending' }), false)).toBeUndefined()
  })

  test('what callers and servers wrote cannot move the cursor', () => {
    const line = eventLine(
      event({ user: '\u001b[2J', tool_name: 'a\nb', status: 'error', error: '\u0007' }),
      false,
    )
    expect(line).not.toMatch(/[\u0000-\u001f]/)
  })
})
