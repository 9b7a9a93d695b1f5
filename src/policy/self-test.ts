import type { Operation } from '../core/operation.ts'
import { localPrincipal, type Principal } from '../core/principal.ts'
import { GATEWAY } from '../core/resource.ts'
import type { DecisionPoint } from './decision-point.ts'

/** The policy, or the machinery under it, permitted what no policy can permit. */
export class PolicyUnsound extends Error {
  override readonly name = 'PolicyUnsound'
}

const stranger: Principal = {
  ...localPrincipal('self-test', 'local-developer'),
  issuer: 'datacline:self-test',
  builtInRole: undefined,
}

const bare = {
  era: 'either',
  itemAction: undefined,
  arguments: undefined,
  message: undefined,
} as const

/** Forbidden whatever the file says: a method that nobody can name, and the gateway for those without a role. */
const FORBIDDEN: readonly (readonly [Principal, Operation, readonly string[]])[] = [
  [
    localPrincipal('self-test', 'local-developer'),
    {
      ...bare,
      method: '',
      action: 'method:',
      scope: 'item',
      resource: { server: 'self-test', name: '*' },
    },
    ['unknown_method', 'rule'],
  ],
  [
    stranger,
    { ...bare, method: '', action: 'gateway:admin', scope: 'gateway', resource: GATEWAY },
    ['default_policy', 'no_policy', 'rule'],
  ],
]

/**
 * Asks what must be denied, before a decision point is put to work.
 *
 * @throws PolicyUnsound when it is permitted, or denied for a wrong reason
 */
export const assertSound = (point: DecisionPoint): void => {
  for (const [principal, operation, codes] of FORBIDDEN) {
    const { effect, reason } = point.decide(principal, operation)
    if (effect === 'deny' && codes.includes(reason.code)) continue
    throw new PolicyUnsound(
      `the policy failed its self-test: ${operation.action} was answered with "${reason.text}"`,
    )
  }
}
