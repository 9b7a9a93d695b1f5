import type { AuditEvent } from '../src/core/events.ts'
import type { Bodies } from '../src/core/history.ts'
import type { RulePreview, RuleWritten } from '../src/core/rule.ts'
import type { Snapshot } from '../src/core/snapshot.ts'
import type { ServerNews } from './browse.ts'
import type { FormNews } from './form.ts'
import type { Link, Replayed, State } from './state.ts'
import type { Tone } from './theme.ts'

/** Everything that changes the state. */
export type Event =
  /** Rows of the record, in the order of their numbers. */
  | Readonly<{ type: 'heard'; events: readonly AuditEvent[] }>
  /** A page of the record that came before what is there. */
  | Readonly<{ type: 'older'; events: readonly AuditEvent[] }>
  | Readonly<{ type: 'whole'; seq: number; event: AuditEvent; bodies?: Bodies }>
  | Readonly<{ type: 'missed'; count: number }>
  /** `place`: where the gateway is found now. */
  | Readonly<{ type: 'link'; link: Link; place?: string }>
  | Readonly<{ type: 'snapshot'; body: Snapshot }>
  | Readonly<{ type: 'server' } & ServerNews>
  | Readonly<{ type: 'form'; news: FormNews }>
  | Readonly<{ type: 'replayed'; replayed: Replayed }>
  /** Whether it was made or not, the call that was made again is over. */
  | Readonly<{ type: 'replay over' }>
  /** What an editor left that cannot be read; undefined when all of it could. */
  | Readonly<{ type: 'drafted'; draft: State['draft'] }>
  /** What a rule would change, or why that cannot be said. */
  | Readonly<{ type: 'previewed'; preview?: RulePreview; problem?: string }>
  /** A rule was written; undefined when it was taken back. */
  | Readonly<{ type: 'written'; written: RuleWritten | undefined }>
  /** A session was ended from here. */
  | Readonly<{ type: 'ended'; id: string }>
  | Readonly<{ type: 'said'; text: string; tone: Tone }>
  | Readonly<{ type: 'tick'; now: number }>
  | Readonly<{ type: 'resize'; size: State['size'] }>
  /** A key by its name: `j`, `G`, `enter`, `ctrl-d`. */
  | Readonly<{ type: 'key'; key: string }>
  /** Text that was pasted. */
  | Readonly<{ type: 'paste'; text: string }>
  /** What was wanted is being done. */
  | Readonly<{ type: 'taken' }>
