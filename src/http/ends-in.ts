import type { Answer } from '../gateway/gateway.ts'
import type { House } from './house.ts'

/** Milliseconds until the caller's token expires, with which a stream ends. */
export const endsInOf = (house: Pick<House, 'now'>, { exchange }: Answer): number | undefined => {
  const expiresAt = exchange.principal?.expiresAt
  return expiresAt === undefined ? undefined : Math.max(0, expiresAt * 1000 - house.now())
}
