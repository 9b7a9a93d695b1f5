import type { GatewayEvent } from '../core/events.ts'
import type { OpenRecord } from './record.ts'

/** Tells of a reload or another change of the gateway itself: the record keeps it, watchers see it. */
export type Note = (note: { code: string; status: 'success' | 'error'; error?: string }) => void

/**
 * What the files tell and what the record tells, joined later than either: a reload is noted in the
 * record, which is opened after the files were read, and what is recorded goes to those who watch.
 */
export const createLive = (onEvent: (event: GatewayEvent) => void) => {
  const secrets = new Set<string>()
  let record: OpenRecord | undefined
  let publish: ((event: GatewayEvent) => void) | undefined
  return {
    note: (noted: Parameters<Note>[0]) => record?.note(noted),
    learnSecrets(more: readonly string[]) {
      for (const secret of more) secrets.add(secret)
      record?.learnSecrets([...secrets])
    },
    publish(event: GatewayEvent) {
      publish?.(event)
      onEvent(event)
    },
    connect(opened: OpenRecord, tell: (event: GatewayEvent) => void) {
      record = opened
      publish = tell
    },
  }
}
