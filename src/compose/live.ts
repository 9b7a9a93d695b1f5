import type { GatewayEvent } from '../core/events.ts'
import type { Note } from './policy.ts'
import type { OpenRecord } from './record.ts'

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
