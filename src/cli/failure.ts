import type { JsonObject } from '../core/json-rpc.ts'
import { printable } from '../core/printable.ts'
import { EXITS, type ExitName } from './exit-codes.ts'

export type FaultDetails = Readonly<{
  /** Where, or by what: the rule and its line, the address that did not answer. */
  why?: string | undefined
  /** What to type next. */
  hint?: string | undefined
  /** More members of the JSON error: `status`, `decision`, `retry_after_s` … */
  extra?: JsonObject
  cause?: unknown
}>

/** A command that failed in a way we foresee: an exit code, and what to tell people and scripts. */
export class CliFault extends Error {
  override readonly name = 'CliFault'
  readonly exit: ExitName
  readonly why: string | undefined
  readonly hint: string | undefined
  readonly extra: JsonObject
  constructor(exit: ExitName, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause })
    this.exit = exit
    this.why = details.why
    this.hint = details.hint
    this.extra = details.extra ?? {}
  }
}

/** Three lines for people: what, why or where, what to type next. */
export const faultText = (fault: CliFault): string => {
  const lines = [`error: ${printableLines(fault.message)}`]
  if (fault.why !== undefined) lines.push(`  why:  ${printableLines(fault.why)}`)
  if (fault.hint !== undefined) lines.push(`  hint: ${printableLines(fault.hint)}`)
  return `${lines.join('\n')}\n`
}

/** One line for scripts: `{"error":{"code","exit","message",…,"retryable"}}`. */
export const faultEnvelope = (fault: CliFault): string => {
  const { code, retryable } = EXITS[fault.exit]
  const error = {
    code: fault.exit,
    exit: code,
    message: fault.message,
    ...(fault.why !== undefined && { why: fault.why }),
    ...(fault.hint !== undefined && { hint: fault.hint }),
    ...fault.extra,
    ...(retryable !== undefined && { retryable }),
  }
  return `${JSON.stringify({ error })}\n`
}

/** Our own messages may have several lines (one a bad parameter); within a line nothing may move the cursor. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
