import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server'

export type Json = Record<string, unknown>

/** What the tools of one fixture share: they announce changes, and remember what was done to them. */
export type World = {
  /** Tells everybody who listens, in either era. */
  announce: (change: 'tools' | 'prompts' | { resource: string }) => void
  /** Seals what a client carries from round to round. */
  mint: (state: Json) => Promise<string>
  /** How many calls of `test_waiting` are running, and how many were cancelled. */
  waiting: number
  cancelled: number
}

/** One tool of the fixture. */
export type Tool = Readonly<{
  description: string
  /** JSON Schema of the arguments; an object without members when there are none. */
  schema?: Json
  run: (
    given: Json,
    context: ServerContext,
    world: World,
    server: McpServer,
  ) => CallToolResult | InputRequiredResult | Promise<CallToolResult | InputRequiredResult>
}>

export type Tools = Readonly<Record<string, Tool>>

/** A result of one text. */
export const said = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] })

/** A schema of properties. */
export const takes = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
})

/** One red pixel. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
