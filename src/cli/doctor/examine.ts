import { type Check, error, type Finding, type Scene } from './check.ts'
import { CHECKS, type CheckId } from './checks.ts'

/** Something found, and by which check. */
export type Found = Finding & Readonly<{ id: CheckId }>

/** Milliseconds for one check; all of them run at once. */
const DEADLINE = 8_000

/** Runs checks at the same time; what does not end in time, or breaks, is a finding too. */
export const examine = async (
  ids: readonly CheckId[],
  scene: Scene,
  deadline = DEADLINE,
): Promise<readonly Found[]> => {
  const found = await Promise.all(
    ids.map(async (id) => {
      const findings = await inTime(CHECKS[id], scene, deadline)
      return findings.map((finding): Found => ({ id, ...finding }))
    }),
  )
  return found.flat()
}

const inTime = async (
  { run }: Check,
  scene: Scene,
  deadline: number,
): Promise<readonly Finding[]> => {
  const end = new AbortController()
  const late = Promise.withResolvers<readonly Finding[]>()
  const timer = setTimeout(() => {
    late.resolve([error(`not over after ${deadline / 1000} s`)])
    end.abort()
  }, deadline)
  const broke = (cause: unknown) => [
    error(`could not be checked: ${cause instanceof Error ? cause.message : String(cause)}`),
  ]
  try {
    return await Promise.race([late.promise, run(scene, end.signal).catch(broke)])
  } finally {
    clearTimeout(timer)
  }
}
