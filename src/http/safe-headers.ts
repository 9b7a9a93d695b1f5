/**
 * What every answer of ours carries: browsers must not guess its type, tell its address, or keep it.
 * Set where an answer is made: merging headers into a finished Response costs as much as routing it.
 */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const
