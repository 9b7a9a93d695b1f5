/** The two eras of MCP: modern is 2026-07-28 and later, legacy has `initialize`. */
export type Era = 'modern' | 'legacy'

export const MODERN_VERSIONS = ['2026-07-28'] as const
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const

/** MCP 2026-07-28, basic: the reserved `_meta` keys of requests and results. */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** The prefix of all our `_meta` keys: only the gateway speaks under it. */
export const OUR_META = 'dev.datacline/'

/** Where a decision stands in a denied tool result. */
export const DECISION_META = `${OUR_META}decision`

/**
 * The header of each answer that names its exchange, lower case: under this id the record keeps what was
 * asked and decided.
 */
export const EXCHANGE_HEADER = 'datacline-exchange'

/** Where the `/info` document of a server of the original's REST dialect stands, as it said it. */
export const INFO_META = `${OUR_META}info`

/**
 * Error codes: JSON-RPC 2.0 §5.1, those of MCP 2026-07-28, and the one that MCP 2025-11-25 has for a
 * resource that is not there, which a modern server does not give any more.
 */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  resourceNotFound: -32002,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const

/** MCP 2026-07-28, Streamable HTTP: the parameter that the `Mcp-Name` header repeats, by method. */
export const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/**
 * The lists of which a server tells when they change: whose capability announces it with `listChanged`,
 * the flag by which `subscriptions/listen` asks for it (MCP 2026-07-28), and the notification itself.
 */
export const LIST_CHANGES = [
  {
    capability: 'tools',
    method: 'tools/list',
    flag: 'toolsListChanged',
    notice: 'notifications/tools/list_changed',
  },
  {
    capability: 'prompts',
    method: 'prompts/list',
    flag: 'promptsListChanged',
    notice: 'notifications/prompts/list_changed',
  },
  {
    capability: 'resources',
    method: 'resources/list',
    flag: 'resourcesListChanged',
    notice: 'notifications/resources/list_changed',
  },
] as const

export type ListChange = (typeof LIST_CHANGES)[number]

/** Notifications that tell of the server as a whole, never of one request; of any list, also one we do not know. */
export const UNSOLICITED = /^notifications\/(?:.*\/list_changed|resources\/updated)$/

/** MCP, logging: the levels of RFC 5424 §6.2.1, the most verbose first. */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Whether this is the name of a log level. */
export const isLogLevel = (value: unknown): value is LogLevel =>
  LOG_LEVELS.some((level) => level === value)
