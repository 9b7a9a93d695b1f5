import type { Deny } from './decision.ts'
import { type Era, RPC } from './protocol.ts'

/**
 * Every refusal of the gateway: a stable code, the HTTP status of the REST face, the HTTP status and
 * JSON-RPC code of the MCP faces, and a sentence fit for the caller. Private detail stays in `cause`.
 */
export abstract class GatewayError extends Error {
  /** Stable, snake_case; what scripts compare and what the record stores. */
  abstract readonly code: string
  /** HTTP status on the REST and admin faces. */
  abstract readonly status: number
  /** JSON-RPC error code on the MCP faces. */
  abstract readonly rpcCode: number
  /** HTTP status on the MCP faces; the REST status unless the protocol says otherwise. */
  get mcpStatus(): number {
    return this.status
  }
  /** JSON-RPC `error.data`. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  /** Seconds for a `Retry-After` header. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    options: ErrorOptions & {
      data?: Readonly<Record<string, unknown>>
      retryAfter?: number
    } = {},
  ) {
    super(message, options)
    this.name = new.target.name
    this.data = options.data
    this.retryAfter = options.retryAfter
  }
}

/** RFC 6750 §3.1 `invalid_token`, or no token at all. `reason` goes to the record, never to the caller. */
export class Unauthenticated extends GatewayError {
  readonly code = 'unauthenticated'
  readonly status = 401
  readonly rpcCode = RPC.invalidRequest
  readonly reason: string
  readonly presented: boolean
  constructor(reason: string, presented: boolean, options?: ErrorOptions) {
    super(presented ? 'Invalid token' : 'Authentication required', options)
    this.reason = reason
    this.presented = presented
  }
}

/** The issuer's keys cannot be had, so nobody can be authenticated now. */
export class AuthenticationUnavailable extends GatewayError {
  readonly code = 'authentication_unavailable'
  readonly status = 503
  readonly rpcCode = RPC.internalError
}

/** RFC 9110 §15.5.20: the Host is not one of ours. */
export class MisdirectedRequest extends GatewayError {
  readonly code = 'host_not_allowed'
  readonly status = 421
  readonly rpcCode = RPC.invalidRequest
}

export class OriginNotAllowed extends GatewayError {
  readonly code = 'origin_not_allowed'
  readonly status = 403
  readonly rpcCode = RPC.invalidRequest
}

/** JSON that is not JSON, duplicate keys, invalid UTF-8, too deep. */
export class MalformedJson extends GatewayError {
  readonly code = 'malformed_json'
  readonly status = 400
  readonly rpcCode = RPC.parseError
}

/** Well-formed JSON that is not one JSON-RPC message, duplicate headers, names that no server may see. */
export class MalformedRequest extends GatewayError {
  readonly code = 'malformed_request'
  readonly status = 400
  readonly rpcCode = RPC.invalidRequest
}

/** A well-formed body with wrong fields; the REST face's 422. */
export class UnprocessableRequest extends GatewayError {
  readonly code = 'unprocessable_request'
  readonly status = 422
  readonly rpcCode = RPC.invalidParams
  override get mcpStatus(): number {
    return 400
  }
}

export class UnsupportedMediaType extends GatewayError {
  readonly code = 'unsupported_media_type'
  readonly status = 415
  readonly rpcCode = RPC.invalidRequest
}

export class NotAcceptable extends GatewayError {
  readonly code = 'not_acceptable'
  readonly status = 406
  readonly rpcCode = RPC.invalidRequest
}

export class MethodNotAllowed extends GatewayError {
  readonly code = 'method_not_allowed'
  readonly status = 405
  readonly rpcCode = RPC.invalidRequest
}

export class PayloadTooLarge extends GatewayError {
  readonly code = 'payload_too_large'
  readonly status = 413
  readonly rpcCode = RPC.invalidRequest
}

export class HeadersTooLarge extends GatewayError {
  readonly code = 'headers_too_large'
  readonly status = 431
  readonly rpcCode = RPC.invalidRequest
}

/** MCP 2026-07-28, Streamable HTTP: header and body disagree, or a standard header is missing. */
export class HeaderMismatch extends GatewayError {
  readonly code = 'header_mismatch'
  readonly status = 400
  readonly rpcCode = RPC.headerMismatch
}

/** MCP 2026-07-28: `data.supported` and `data.requested` are required. */
export class UnsupportedVersion extends GatewayError {
  readonly code = 'unsupported_version'
  readonly status = 400
  readonly rpcCode = RPC.unsupportedVersion
  constructor(requested: string, supported: readonly string[]) {
    super(`Unsupported protocol version: ${requested}`, { data: { supported, requested } })
  }
}

/** MCP 2026-07-28: a required `_meta` field is missing or invalid. */
export class InvalidEnvelope extends GatewayError {
  readonly code = 'invalid_envelope'
  readonly status = 400
  readonly rpcCode = RPC.invalidParams
}

/** Parameters that can be read but not used, such as a missing `name`. */
export class InvalidParams extends GatewayError {
  readonly code = 'invalid_params'
  readonly status = 422
  readonly rpcCode = RPC.invalidParams
  override get mcpStatus(): number {
    return 200
  }
}

/** A method nobody named: 404 with a JSON-RPC body in the modern era (MCP 2026-07-28), in band before. */
export class MethodNotFound extends GatewayError {
  readonly code = 'method_not_found'
  readonly status = 404
  readonly rpcCode = RPC.methodNotFound
  readonly era: Era | 'either'
  constructor(method: string, era: Era | 'either') {
    super(`Method not found: ${method}`)
    this.era = era
  }
  override get mcpStatus(): number {
    return this.era === 'legacy' ? 200 : 404
  }
}

/** RFC 9110 §15.5.4: authenticated, understood, and refused by policy. */
export class AccessDenied extends GatewayError {
  readonly code = 'access_denied'
  readonly status = 403
  readonly rpcCode = RPC.invalidParams
  readonly decision: Deny
  constructor(decision: Deny) {
    super(
      decision.scope === 'server'
        ? 'Access denied: no permission on this server'
        : `Access denied: ${decision.reason.text}`,
    )
    this.decision = decision
  }
  override get mcpStatus(): number {
    return this.decision.scope === 'server' ? 403 : 200
  }
}

/** Only for callers whose permissions cover the name; everyone else gets `AccessDenied`. */
export class ServerNotFound extends GatewayError {
  readonly code = 'server_not_found'
  readonly status = 404
  readonly rpcCode = RPC.invalidRequest
}

/** A tool, prompt or resource that the server does not have. */
export class ItemNotFound extends GatewayError {
  readonly code = 'not_found'
  readonly status = 404
  readonly rpcCode = RPC.invalidParams
  override get mcpStatus(): number {
    return 200
  }
}

/** MCP 2025-11-25, session management: 404 tells the client to initialize again. */
export class SessionNotFound extends GatewayError {
  readonly code = 'session_not_found'
  readonly status = 404
  readonly rpcCode = RPC.invalidRequest
}

/** The upstream does not speak the client's era. */
export class EraUnsupported extends GatewayError {
  readonly code = 'era_unsupported'
  readonly status = 400
  readonly rpcCode = RPC.invalidRequest
}

/** The upstream could not be reached, broke off, or answered with something that is no answer. */
export class UpstreamFailed extends GatewayError {
  readonly code = 'upstream_failed'
  readonly status = 502
  readonly rpcCode = RPC.internalError
  override get mcpStatus(): number {
    return 200
  }
}

export class UpstreamTimedOut extends GatewayError {
  readonly code = 'upstream_timed_out'
  readonly status = 504
  readonly rpcCode = RPC.internalError
  override get mcpStatus(): number {
    return 200
  }
}

/** Too many operations in flight on one upstream, or in one queue. */
export class Overloaded extends GatewayError {
  readonly code = 'overloaded'
  readonly status = 429
  readonly rpcCode = RPC.internalError
  override get mcpStatus(): number {
    return 200
  }
}

/** No durable sink works, so nothing may be forwarded. */
export class RecordUnavailable extends GatewayError {
  readonly code = 'record_unavailable'
  readonly status = 503
  readonly rpcCode = RPC.internalError
}

/** The client left before the answer was there. Never rendered, only recorded. */
export class ClientLeft extends GatewayError {
  readonly code = 'client_left'
  readonly status = 499
  readonly rpcCode = RPC.internalError
}

/** A fault of ours. The cause is for the log, the caller learns nothing of it. */
export class InternalFault extends GatewayError {
  readonly code = 'internal_error'
  readonly status = 500
  readonly rpcCode = RPC.internalError
  constructor(cause: unknown) {
    super('Internal error', { cause })
  }
}

/** Whatever was thrown, as a refusal that can be shown. */
export const asGatewayError = (cause: unknown): GatewayError =>
  cause instanceof GatewayError ? cause : new InternalFault(cause)
