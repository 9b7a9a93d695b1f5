import type { Seal } from '../lib/seal.ts'

/** To what a sealed value is bound: one principal, one face, and what it is for. */
export type Binding = Readonly<{ owner: string; face: string }>

const HOUR = 3_600_000

const purpose = ({ owner, face }: Binding, use: string) => JSON.stringify([face, use, owner])

/** A server's `requestState` (MCP 2026-07-28, MRTR), which no other server and nobody else may give back. */
export const sealState = (seal: Seal, binding: Binding, server: string, state: string): string =>
  seal.close(purpose(binding, `state of ${server}`), state, 24 * HOUR)

/** Undefined when it is not this server's, not this principal's, or too old. */
export const openState = (
  seal: Seal,
  binding: Binding,
  server: string,
  sealed: string,
): string | undefined => {
  const state = seal.open(purpose(binding, `state of ${server}`), sealed)
  return typeof state === 'string' ? state : undefined
}

/** Where a listing of several servers goes on: the cursor of each that has more. */
export type Cursors = Readonly<Record<string, string>>

export const sealCursors = (
  seal: Seal,
  binding: Binding,
  method: string,
  cursors: Cursors,
): string => seal.close(purpose(binding, `cursor of ${method}`), cursors, HOUR)

/** Undefined for a cursor that is not ours, or is another's. */
export const openCursors = (
  seal: Seal,
  binding: Binding,
  method: string,
  sealed: string,
): Cursors | undefined =>
  seal.open(purpose(binding, `cursor of ${method}`), sealed) as Cursors | undefined
