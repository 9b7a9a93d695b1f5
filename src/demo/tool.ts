import { InvalidParams } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import type { LogLevel } from '../core/protocol.ts'
import type { Directory } from './directory.ts'
import { type ArgumentsOf, findProblems, type Parameters, toInputSchema } from './parameter.ts'

/** What the demo server takes from its surroundings, and what it remembers. One per server. */
export type World = Readonly<{
  /** Milliseconds since the epoch. */
  now: () => number
  /** From 0 up to, not including, 1. */
  random: () => number
  /** Ends early, by resolving or rejecting, when aborted. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  directory: Directory
  /** 1 for the first call of `flaky`, 2 for the second … */
  nextAttempt: () => number
}>

/** One request under way, as methods and tools see it. */
export type Call = Readonly<{
  id: string | number
  world: World
  /** Aborted when the client cancels or leaves: nothing that comes after is heard. */
  signal: AbortSignal
  notify: (method: string, params: JsonObject) => void
  /** Heard only by a client that gave a progress token. */
  progress: (done: number, total: number, message: string) => void
  /** Heard only at the level that the client asked for, or above. */
  log: (level: LogLevel, text: string) => void
}>

export type ToolResult = JsonObject & Readonly<{ content: readonly JsonObject[] }>

export type Tool = Readonly<{
  name: string
  /** As `tools/list` shows it. */
  definition: JsonObject
  /** @throws InvalidParams when the arguments are no object; other mistakes are error results */
  call: (given: unknown, call: Call) => Promise<ToolResult>
}>

type Declaration<P extends Parameters> = Readonly<{
  name: string
  title: string
  description: string
  annotations: Readonly<{
    readOnlyHint: boolean
    destructiveHint?: boolean
    idempotentHint?: boolean
    openWorldHint: boolean
  }>
  parameters: P
  outputSchema?: JsonObject
  run: (given: ArgumentsOf<P>, call: Call) => ToolResult | Promise<ToolResult>
}>

/** A tool whose arguments are checked against its own schema before it runs. */
export const defineTool = <P extends Parameters>(declaration: Declaration<P>): Tool => {
  const { run, parameters, outputSchema, ...shown } = declaration
  return {
    name: shown.name,
    definition: {
      ...shown,
      inputSchema: toInputSchema(parameters),
      ...(outputSchema && { outputSchema }),
    },
    call: async (given, call) => {
      const supplied = given ?? {}
      if (!isObject(supplied)) throw new InvalidParams('arguments must be an object')
      const problems = findProblems(parameters, supplied)
      if (problems.length > 0) {
        return failed(`Invalid arguments for ${shown.name}. ${problems.join('. ')}.`)
      }
      return run(supplied as ArgumentsOf<P>, call)
    },
  }
}

const textContent = (text: string): JsonObject => ({ type: 'text', text })

export const succeeded = (text: string): ToolResult => ({ content: [textContent(text)] })

/** A result for machines, with its JSON as text for clients older than 2025-06-18. */
export const structured = (value: JsonObject, more: readonly JsonObject[] = []): ToolResult => ({
  content: [textContent(JSON.stringify(value)), ...more],
  structuredContent: value,
})

/** MCP: errors of the tool itself are results, so that the model sees them and can mend its call. */
export const failed = (text: string): ToolResult => ({
  content: [textContent(text)],
  isError: true,
})
