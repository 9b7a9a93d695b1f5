import type { Line } from './line.ts'
import { KINDS, type Kind, type Names } from './question.ts'

/** Gives, in order, the few lines that can concern a question with these folded names. */
export type LineIndex = (names: Names) => readonly Line[]

/**
 * Each line waits in the buckets of its rarest literals (a server, a tool, a role …) and is looked at
 * only when a question has such a name; lines without literals are looked at always. What is given is a
 * superset of the lines that hold: the judge decides.
 *
 * @param kinds what questions will have names of; other literals are left out of account
 */
export const createLineIndex = (
  lines: readonly Line[],
  kinds: readonly Kind[] = KINDS,
): LineIndex => {
  const sizes = countLiterals(lines)
  const buckets = new Map<Kind, Map<string, Line[]>>(kinds.map((kind) => [kind, new Map()]))
  const always: Line[] = []
  for (const line of lines) {
    const kind = rarestKind(line, kinds, sizes)
    if (kind === undefined) always.push(line)
    else for (const name of line.literals.get(kind) ?? []) append(buckets.get(kind), name, line)
  }

  return (names) => {
    const found = new Set(always)
    for (const line of waiting(buckets, names)) {
      if (concerns(line, kinds, names)) found.add(line)
    }
    return [...found].sort((left, right) => left.order - right.order)
  }
}

type Buckets = ReadonlyMap<Kind, ReadonlyMap<string, readonly Line[]>>

const waiting = (buckets: Buckets, names: Names): readonly Line[] =>
  KINDS.flatMap((kind) => names[kind].flatMap((name) => buckets.get(kind)?.get(name) ?? []))

const concerns = (line: Line, kinds: readonly Kind[], names: Names): boolean => {
  for (const [kind, wanted] of line.literals) {
    if (kinds.includes(kind) && !names[kind].some((name) => wanted.has(name))) return false
  }
  return true
}

const countLiterals = (lines: readonly Line[]): ReadonlyMap<Kind, ReadonlyMap<string, number>> => {
  const sizes = new Map<Kind, Map<string, number>>(KINDS.map((kind) => [kind, new Map()]))
  for (const { literals } of lines) {
    for (const [kind, names] of literals) {
      const counts = sizes.get(kind)
      for (const name of names) counts?.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return sizes
}

/** The kind in which the line's fullest bucket is the smallest. */
const rarestKind = (
  line: Line,
  kinds: readonly Kind[],
  sizes: ReadonlyMap<Kind, ReadonlyMap<string, number>>,
): Kind | undefined => {
  let rarest: Kind | undefined
  let smallest = Number.POSITIVE_INFINITY
  for (const [kind, names] of line.literals) {
    if (!kinds.includes(kind)) continue
    const size = Math.max(...[...names].map((name) => sizes.get(kind)?.get(name) ?? 0))
    if (size >= smallest) continue
    rarest = kind
    smallest = size
  }
  return rarest
}

const append = (bucket: Map<string, Line[]> | undefined, name: string, line: Line): void => {
  const lines = bucket?.get(name)
  if (lines) lines.push(line)
  else bucket?.set(name, [line])
}
