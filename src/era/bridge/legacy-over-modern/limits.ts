/** How far a bridged session goes. Times are in milliseconds. */
export type LegacyOverModernLimits = Readonly<{
  /** How often one request may ask the client for input. */
  rounds: number
  /** How long a client, perhaps a human, may think about one question. */
  answer: number
  /** The pause before a request is repeated that the server put off without a question. */
  pace: number
  /** Messages kept for a GET stream that has not come yet, or is read too slowly. */
  backlog: number
  /** How long a server may take to acknowledge a subscription. */
  acknowledge: number
  /** The first pause before a broken subscription is opened again; it doubles up to the longest. */
  firstRetry: number
  longestRetry: number
}>

export const LEGACY_OVER_MODERN_LIMITS: LegacyOverModernLimits = {
  rounds: 10,
  answer: 10 * 60_000,
  pace: 250,
  backlog: 64,
  acknowledge: 10_000,
  firstRetry: 500,
  longestRetry: 30_000,
}
