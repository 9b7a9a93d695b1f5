import type { Check } from './check.ts'
import { clock } from './clock.ts'
import { gateway } from './gateway.ts'
import { issuer } from './issuer.ts'
import { lock } from './lock.ts'
import { policy } from './policy.ts'
import { port } from './port.ts'
import { secrets } from './secrets.ts'
import { servers } from './servers.ts'
import { settings } from './settings.ts'
import { state } from './state.ts'
import { token } from './token.ts'
import { upstreams } from './upstreams.ts'

/** Every check by its id, in the order in which they are told. */
export const CHECKS = {
  settings,
  policy,
  servers,
  secrets,
  state,
  lock,
  gateway,
  port,
  issuer,
  token,
  clock,
  upstreams,
} as const satisfies Readonly<Record<string, Check>>

export type CheckId = keyof typeof CHECKS

export const isCheck = (id: string): id is CheckId => Object.hasOwn(CHECKS, id)
