/** One server of mcp_servers.yaml, validated, with secrets resolved and relative paths made absolute. */
export type ServerEntry = Readonly<{
  name: string
  /** How to speak to it. `http` finds out which dialect (Streamable HTTP, HTTP+SSE, the original's REST). */
  transport: 'http' | 'sse' | 'stdio' | 'rest' | 'embedded'
  /** `type:` as written, such as `elasticsearch-mcp`; only shown. */
  declaredType: string
  /** For `http`, `sse`, `rest`. */
  url: string | undefined
  /** For `stdio`: argv, never a shell line. */
  command: readonly string[]
  /** For `stdio`: added to a small allow-list of the gateway's own environment. */
  environment: Readonly<Record<string, string>>
  /** For `stdio`: absolute. */
  workingDirectory: string | undefined
  /** Milliseconds without a sign of life before a call is given up. */
  timeout: number
  enabled: boolean
  description: string | undefined
  tags: readonly string[]
  /** Pins the era; undefined to find out. */
  protocolVersion: string | undefined
  /** For `http`: nothing is kept between two calls, so that the legacy sessions of all clients share one. */
  stateless?: true
  /** For `stdio` of the modern era: a process for each principal, instead of one for everybody. */
  process?: 'principal'
  /** Headers with the gateway's own credential for this server, from its `auth:` block. */
  credentialHeaders: Readonly<Record<string, string>>
  /** `mcp_servers.yaml:7`, for messages; undefined for the embedded server. */
  at: string | undefined
}>
