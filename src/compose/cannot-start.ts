import { PolicyUnsound } from '../policy/self-test.ts'
import { DatabaseTooNew } from '../state/database.ts'
import { StateLocked } from '../state/lock.ts'

/** The port or the state directory is taken, or the record cannot be opened: exit code 3. */
export class GatewayCannotStart extends Error {
  override readonly name = 'GatewayCannotStart'
}

/**
 * What stands in the way of starting as GatewayCannotStart; what the operator wrote wrongly, and
 * everything else, as it is.
 */
export const asCannotStart = (cause: unknown): unknown =>
  cause instanceof StateLocked || cause instanceof DatabaseTooNew || cause instanceof PolicyUnsound
    ? new GatewayCannotStart(cause.message, { cause })
    : cause
