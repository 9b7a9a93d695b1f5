import type { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { Era, LogLevel } from '../core/protocol.ts'
import type { Methods } from './methods.ts'

/** How one era says what both mean. */
export type Dialect = Readonly<{
  era: Era
  methods: Methods
  /** What must hold before any method runs. @throws GatewayError */
  check: (method: string, params: JsonObject) => void
  /** The least severe level that this request wants to hear of; undefined for silence. */
  logLevel: (params: JsonObject) => LogLevel | undefined
  /** What the era adds to a result. */
  complete: (method: string, result: JsonObject) => JsonObject
  /** The JSON-RPC code of a refusal. */
  codeOf: (method: string, error: GatewayError) => number
}>
