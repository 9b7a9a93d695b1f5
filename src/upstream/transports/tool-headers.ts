import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { type HeaderParameter, readHeaderParameters } from '../../lib/parameter-headers.ts'

/** Which arguments the tools of one server want repeated in headers, as its lists said. */
export type ToolHeaders = Readonly<{
  /** Undefined for a tool without any, or that was not listed yet. */
  parametersOf: (tool: unknown) => readonly HeaderParameter[] | undefined
  /**
   * Learns from the answer to a `tools/list` and gives the text to pass on: as it came, unless a tool
   * had to be left out.
   */
  learn: (text: string, params: JsonObject | undefined) => string
}>

/** Tools with marks that are remembered; hostile lists end here. */
const MAX_TOOLS = 10_000
/** Whether there can be a mark in a list; keys may be written with escapes. */
const MAY_MARK = /x-mcp-header|\\u/

type Tool = Readonly<Record<string, unknown>>

/** @param note told once about every tool that is left out */
export const createToolHeaders = (note: (line: string) => void): ToolHeaders => {
  const known = new Map<string, readonly HeaderParameter[]>()

  const isUsable = (tool: unknown): boolean => {
    if (!isObject(tool) || typeof tool.name !== 'string') return true
    const read = readHeaderParameters(tool.inputSchema)
    known.delete(tool.name)
    if ('problem' in read) {
      note(`tool ${JSON.stringify(tool.name).slice(0, 200)} is left out: its ${read.problem}`)
      return false
    }
    const { parameters } = read
    if (parameters.length > 0 && known.size < MAX_TOOLS) known.set(tool.name, parameters)
    return true
  }

  return {
    parametersOf: (tool) => (typeof tool === 'string' ? known.get(tool) : undefined),
    learn: (text, params) => {
      // A list from its beginning: what it does not name any more is forgotten.
      if (params?.cursor === undefined && known.size > 0) known.clear()
      if (!MAY_MARK.test(text)) return text
      const answer = parseLossless(text)
      const result = isObject(answer) ? answer.result : undefined
      if (!isObject(answer) || !isObject(result) || !Array.isArray(result.tools)) return text
      const all: readonly Tool[] = result.tools
      const tools = all.filter(isUsable)
      if (tools.length === all.length) return text
      return JSON.stringify({ ...answer, result: { ...result, tools } })
    },
  }
}
