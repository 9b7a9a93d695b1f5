import type { Source } from '../core/exchange.ts'
import { hostName, isLoopbackName } from './guard.ts'
import { headerFields } from './header-fields.ts'

/** What Bun's server tells of a request's socket. */
export type Sockets = Readonly<{
  requestIP: (request: Request) => { address: string } | null
  timeout: (request: Request, seconds: number) => void
}>

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/

/** Where a request came from. Without a socket nothing is known, and so nothing is local. */
export const sourceOf = (request: Request, sockets: Sockets | null): Source => {
  const address = sockets?.requestIP(request)?.address
  const fields = headerFields(request)
  const local =
    address !== undefined &&
    LOOPBACK_ADDRESS.test(address) &&
    isLoopbackName(hostName(fields.host)) &&
    !FORWARDED.some((name) => fields[name] !== undefined)
  return { address, local }
}
