import type { AuditEvent } from '../../core/events.ts'
import type { Bodies } from '../../core/history.ts'

/** A call as the record has it, and its messages where they are at hand. */
export type ExportedCall = Readonly<{ event: AuditEvent; bodies?: Bodies | undefined }>

/** Where the calls come from. */
export type ExportSource = Readonly<{
  /** The gateway's address, or the name of a recording. */
  place: string
  /** Of datacline. */
  version: string
}>
