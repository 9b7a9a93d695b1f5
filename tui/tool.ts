import type { JsonObject } from '../src/core/json-rpc.ts'

/** A tool as its server lists it to us. */
export type ListedTool = Readonly<{
  name: string
  description: string
  schema: JsonObject
  annotations: JsonObject
}>

/** What was asked for and has come, or why it did not. */
export type Told<T> = Readonly<{ value: T }> | Readonly<{ problem: string }>
