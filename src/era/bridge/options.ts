import type { Seal } from '../../lib/seal.ts'

/** What both bridges need from outside. */
export type BridgeOptions = Readonly<{
  /** Milliseconds. */
  now: () => number
  /** An unguessable id of visible ASCII. */
  newId: () => string
  seal: Seal
  /** What the gateway says of itself where it stands in for a client or server. */
  gateway: Readonly<{ name: string; version: string }>
}>
