import type { Principal } from '../core/principal.ts'
import type { DecisionPoint } from '../policy/decision-point.ts'

/**
 * What policy says when a server asks something of its client (`sampling`, `elicitation`, `roots`):
 * permitted to whoever may use the server, unless a rule denies that action.
 *
 * @returns the sentence that forbids it, or undefined
 */
export const forbids = (
  point: DecisionPoint,
  principal: Principal,
  server: string,
  action: string,
): string | undefined => {
  const decision = point.decide(principal, {
    era: 'either',
    method: `datacline/${action}`,
    action,
    scope: 'server',
    resource: { server, name: '*' },
    itemAction: undefined,
    arguments: undefined,
    message: undefined,
  })
  return decision.effect === 'deny' ? decision.reason.text : undefined
}
