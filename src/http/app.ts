import { Elysia } from 'elysia'
import {
  asGatewayError,
  type GatewayError,
  ItemNotFound,
  MethodNotAllowed,
} from '../core/errors.ts'
import type { Face } from '../core/exchange.ts'
import { crossOriginHeaders, preflight } from './cross-origin.ts'
import { createGuard } from './guard.ts'
import type { House } from './house.ts'
import { mcpRefusal, restRefusal } from './refusals.ts'
import { mountAdmin } from './routes/admin.ts'
import { mountMcp } from './routes/mcp.ts'
import { mountRest } from './routes/rest.ts'
import { mountSystem } from './routes/system.ts'
import type { Sockets } from './source.ts'

/** Seconds that a connection may be idle or a request may take to arrive; handlers lift it. */
const IDLE_SECONDS = 60

/** The door: what is true of any HTTP request, and the faces behind it. */
export const createApp = (house: House) => {
  const guard = createGuard(house.door)

  const refuse = (request: Request, refusal: GatewayError, sockets: Sockets | null): Response => {
    const { face, server } = facedBy(request.url)
    const source = house.sourceOf(request, sockets)
    const { exchange } = house.gateway.refuse({ face, source, server }, refusal)
    const challenge = house.challenger(request)
    return face === 'mcp'
      ? mcpRefusal(exchange, refusal, undefined, challenge)
      : restRefusal({ exchange, refusal }, challenge)
  }

  const app = new Elysia({
    serve: {
      idleTimeout: IDLE_SECONDS,
      development: false,
      // Elysia would share the port with whoever holds it: calls would go to either.
      reusePort: false,
      // The door counts the body itself, so that what is too large is refused in our own words.
      maxRequestBodySize: house.door.maxBodyBytes + 1_048_576,
    },
  })
    .onRequest(({ request, server, set }) => {
      const refusal = guard(request)
      if (refusal !== undefined) return refuse(request, refusal, server)
      const headers = crossOriginHeaders(request, house.door.allowedOrigins)
      if (headers !== undefined) Object.assign(set.headers, headers)
      return preflight(request, house.door.allowedOrigins)
    })
    .onError(({ request, server, error, code }) => {
      if (code === 'NOT_FOUND') return refuse(request, unknownRoute(request), server)
      return refuse(request, asGatewayError(error), server)
    })
  mountSystem(app as unknown as Elysia, house)
  mountRest(app as unknown as Elysia, house)
  mountMcp(app as unknown as Elysia, house)
  mountAdmin(app as unknown as Elysia, house)
  return app
}

const SERVER_PATH = /^\w+:\/\/[^/?#]*(?:\/(servers|groups)\/([^/?#]+))?\/mcp(?:[?#]|$)/
const MCP_METHODS = ['POST', 'GET', 'DELETE']

/** Through which face a request came, as far as its address tells. */
const facedBy = (url: string): { face: Face; server: string | undefined } => {
  const [found, kind, name] = SERVER_PATH.exec(url) ?? []
  if (found === undefined) return { face: 'rest', server: undefined }
  const server = name === undefined ? 'servers/*' : kind === 'groups' ? `groups/${name}` : name
  return { face: 'mcp', server }
}

const unknownRoute = (request: Request): GatewayError =>
  SERVER_PATH.test(request.url) && !MCP_METHODS.includes(request.method)
    ? new MethodNotAllowed(`${request.method} is not allowed here`)
    : new ItemNotFound('Not Found')
