import { AuthenticationUnavailable } from '../core/errors.ts'
import { createBoundedFetch, type Fetch, type FetchLimits } from './bounded-fetch.ts'
import type { TokenHeader } from './compact-token.ts'
import { type PickKey, type PublicKey, parseKeyDocument } from './key-document.ts'
import { createKeySource } from './key-source.ts'
import { refuseToken } from './refuse-token.ts'

/** A key, and the generation of the set that it was found in. */
export type FoundKey = Readonly<{ key: PublicKey; generation: number }>

export type KeySetStatus = Readonly<{
  /** `stale`: the last attempt failed, but the last good set may still be used. */
  state: 'unknown' | 'up' | 'stale' | 'down'
  /** What went wrong, address by address; undefined while all is well. */
  problem: string | undefined
}>

/** The keys of one issuer (RFC 7517). */
export type KeySet = Readonly<{
  /** @throws Unauthenticated for a key that the issuer does not have; AuthenticationUnavailable */
  find: (header: TokenHeader) => Promise<FoundKey>
  /** Rises whenever the issuer's keys have changed. */
  generation: () => number
  /** False without a set, and once the last good one is too old to be trusted. */
  isUsable: () => boolean
  /** Asking also starts a refresh that is due, so that readiness comes back without traffic. */
  status: () => KeySetStatus
  /** Asks the issuer now, whatever the back-off says. Never throws. */
  refresh: () => Promise<KeySetStatus>
}>

/** Milliseconds and bytes. */
export type KeySetLimits = FetchLimits &
  Readonly<{
    refreshAfter: number
    staleAfter: number
    /** Least time between two refreshes that an unknown key caused. */
    unknownKeyPause: number
    /** After a failure; twice as long after each further one. */
    firstPause: number
    longestPause: number
  }>

export type KeySetOptions = Readonly<{
  issuer: string
  jwksUrl?: string | undefined
  certsUrl?: string | undefined
  fetch: Fetch
  /** Milliseconds, monotonic: a clock set back must neither stretch a pause nor keep old keys alive. */
  tick: () => number
  limits?: Partial<KeySetLimits>
}>

const DEFAULT_LIMITS: KeySetLimits = {
  timeoutMilliseconds: 3000,
  maxBytes: 256 * 1024,
  refreshAfter: 5 * 60_000,
  staleAfter: 10 * 60_000,
  unknownKeyPause: 30_000,
  firstPause: 1000,
  longestPause: 15_000,
}

type Held = Readonly<{ pick: PickKey; text: string; fetchedAt: number; generation: number }>
type Failure = Readonly<{ problem: string; retryAt: number; pause: number }>

/**
 * The issuer's key set, read when first needed and kept fresh by use: one request in flight at a time,
 * a pause after failures, and the last good set for ten minutes.
 */
export const createKeySet = (options: KeySetOptions): KeySet => {
  const { tick } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const readKeys = createKeySource({
    issuer: options.issuer,
    jwksUrl: options.jwksUrl,
    certsUrl: options.certsUrl,
    read: createBoundedFetch(options.fetch, limits),
  })
  let held: Held | undefined
  let failure: Failure | undefined
  let pending: Promise<void> | undefined
  let unknownKeyAt = Number.NEGATIVE_INFINITY

  const generation = () => held?.generation ?? 0
  const isUsable = () => held !== undefined && tick() < held.fetchedAt + limits.staleAfter

  const adopt = (text: string): void => {
    const before = held?.text === text ? held : undefined
    held = {
      text,
      pick: before?.pick ?? parseKeyDocument(text),
      fetchedAt: tick(),
      generation: before?.generation ?? generation() + 1,
    }
    failure = undefined
  }

  const backOff = (cause: unknown): void => {
    const pause = failure === undefined ? limits.firstPause : failure.pause * 2
    const bounded = Math.min(pause, limits.longestPause)
    const problem = cause instanceof Error ? cause.message : String(cause)
    failure = { problem, pause: bounded, retryAt: tick() + bounded }
  }

  const refresh = (): Promise<void> => {
    pending ??= readKeys()
      .then(adopt)
      .catch(backOff)
      .finally(() => {
        pending = undefined
      })
    return pending
  }

  /** Starts or joins a refresh when one is due; undefined when there is nothing to wait for. */
  const refreshIfDue = (): Promise<void> | undefined => {
    if (pending !== undefined) return pending
    const isFresh = held !== undefined && tick() < held.fetchedAt + limits.refreshAfter
    const isBackingOff = failure !== undefined && tick() < failure.retryAt
    return (isFresh && failure === undefined) || isBackingOff ? undefined : refresh()
  }

  const unavailable = (): AuthenticationUnavailable => {
    const wait = (failure?.retryAt ?? 0) - tick()
    return new AuthenticationUnavailable('The identity provider cannot be reached', {
      retryAfter: Math.max(1, Math.ceil(wait / 1000)),
      cause: failure?.problem,
    })
  }

  const usable = async (): Promise<Held> => {
    const due = refreshIfDue()
    if (!isUsable()) await due
    if (held === undefined || !isUsable()) throw unavailable()
    return held
  }

  /** Joins a refresh in flight, or starts one for an unknown key; undefined when it is too soon. */
  const lookAgain = (): Promise<void> | undefined => {
    if (pending !== undefined) return pending
    if (tick() < unknownKeyAt + limits.unknownKeyPause) return undefined
    unknownKeyAt = tick()
    return refresh()
  }

  const pickKey = async (header: TokenHeader): Promise<FoundKey | undefined> => {
    const { pick, generation } = await usable()
    const key = await pick(header)
    return key && { key, generation }
  }

  const find = async (header: TokenHeader): Promise<FoundKey> => {
    const found = await pickKey(header)
    if (found !== undefined) return found
    await lookAgain()
    const again = await pickKey(header)
    if (again !== undefined) return again
    // The key may be a new one that cannot be seen now: that is no fault of the caller.
    if (failure !== undefined) throw unavailable()
    return refuseToken('unknown_key')
  }

  const status = (): KeySetStatus => {
    if (failure === undefined) return { state: held ? 'up' : 'unknown', problem: undefined }
    return { state: isUsable() ? 'stale' : 'down', problem: failure.problem }
  }

  return {
    find,
    generation,
    isUsable,
    status: () => {
      void refreshIfDue()
      return status()
    },
    refresh: async () => {
      await refresh()
      return status()
    },
  }
}
