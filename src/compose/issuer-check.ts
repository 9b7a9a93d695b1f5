import { createKeySet, type KeySet, type KeySetStatus } from '../auth/jwks.ts'
import { discoveryUrls } from '../auth/key-source.ts'
import type { SettingValues } from '../config/settings-table.ts'
import { issuerOf, keyPlaces } from './identity.ts'

/** What a look at the issuer needs of the world. */
export type Looking = Readonly<{
  values: SettingValues
  fetch: typeof fetch
  /** Milliseconds, monotonic. */
  tick: () => number
}>

/** Milliseconds for each address, so that all that may be tried end in time. */
const EACH = 1_500

/** The keys of the configured issuer, in a hurry; undefined when nobody is asked for tokens. */
export const openIssuerKeys = ({ values, fetch, tick }: Looking): KeySet | undefined => {
  const issuer = checkedIssuer(values)
  if (issuer === undefined) return undefined
  const limits = { timeoutMilliseconds: EACH }
  return createKeySet({ ...keyPlaces(values, issuer), fetch, tick, limits })
}

/** The issuer whose tokens the gateway takes; undefined when it takes none. */
export const checkedIssuer = (values: SettingValues): string | undefined =>
  values.authEnabled ? issuerOf(values) : undefined

/** Whether the issuer's keys can be had, asked as the gateway asks. Never throws. */
export const checkIssuer = async (looking: Looking): Promise<KeySetStatus | undefined> =>
  openIssuerKeys(looking)?.refresh()

/** An address at which the issuer answers, if only with an error; for the time in its answer. */
export const issuerAddress = (issuer: string): string => discoveryUrls(issuer)[0] ?? issuer
