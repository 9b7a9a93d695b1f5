/** How far the modern face of a legacy server goes. Times are in milliseconds. */
export type ModernOverLegacyLimits = Readonly<{
  /** Sessions that one principal may hold on one server. */
  sessions: number
  /** How long an unused session is kept. */
  idle: number
  /** How long opening a session may take. */
  opening: number
  /** How long further questions are waited for, so that they go out with the first. */
  debounce: number
  /** How long a server's question may wait; below the 60 seconds that SDK v1 servers wait themselves. */
  parking: number
  /** How long the end of a parked call is kept for a client that lost it. */
  keeping: number
  /** Ended calls of one principal that are kept. */
  kept: number
  /** Subscriptions of one session, and resources of one subscription. */
  listens: number
  resources: number
}>

export const MODERN_OVER_LEGACY_LIMITS: ModernOverLegacyLimits = {
  sessions: 16,
  idle: 30 * 60_000,
  opening: 60_000,
  debounce: 25,
  parking: 50_000,
  keeping: 60_000,
  kept: 8,
  listens: 1024,
  resources: 1024,
}

/** Milliseconds for what is sent without anybody waiting for it. */
export const COURTESY = 10_000
