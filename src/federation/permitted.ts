import type { Permit } from '../core/decision.ts'
import { type Operation, toBareOperation } from '../core/operation.ts'
import type { Asking, Setting } from './setting.ts'

/** One server, and what was permitted on it. */
export type Permitted = Readonly<{ server: string; operation: Operation; permit: Permit }>

/** The servers of a face on which an operation is permitted, in their order. */
export const permitted = (
  { parts }: Pick<Setting, 'parts'>,
  { face, principal }: Pick<Asking, 'face' | 'principal'>,
  operationOn: (server: string) => Operation,
): readonly Permitted[] =>
  face.members.flatMap(({ server }) => {
    const operation = operationOn(server)
    const permit = parts.policy.decide(principal, operation)
    return permit.effect === 'permit' ? [{ server, operation, permit }] : []
  })

/** The operation of a legacy GET stream on one server. */
export const streamOperation = (server: string): Operation =>
  toBareOperation(server, 'legacy', 'datacline/stream')
