import type { Seal } from '../lib/seal.ts'

/** To what a sealed value is bound: one principal, one face, and what it is for. */
export type Binding = Readonly<{ owner: string; face: string }>

const HOUR = 3_600_000

const purpose = ({ owner, face }: Binding, use: string) => JSON.stringify([face, use, owner])

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
