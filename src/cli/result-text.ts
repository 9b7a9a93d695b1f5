import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { type Attachments, contentText } from './content.ts'
import { prettyJson } from './text.ts'

/** A tool's result for people: its content, and its structured content as JSON. */
export const resultText = async (result: JsonObject, attached: Attachments): Promise<string> => {
  const { structuredContent } = result
  if (structuredContent === undefined) return contentText(result.content, attached)
  // Servers repeat structured content as text for clients that know no better (MCP, tools).
  const others = blocksOf(result).filter((block) => !repeats(block, structuredContent))
  return `${await contentText(others, attached)}${prettyJson(structuredContent)}\n`
}

/** The words of a tool that says it failed. */
export const errorText = (result: JsonObject): string => {
  const texts = blocksOf(result).map((block) => (isObject(block) ? block.text : undefined))
  return texts.filter((text) => typeof text === 'string').join('\n') || 'the tool failed'
}

const blocksOf = ({ content }: JsonObject): readonly unknown[] =>
  Array.isArray(content) ? content : []

const repeats = (block: unknown, structured: unknown): boolean => {
  if (!isObject(block) || typeof block.text !== 'string') return false
  try {
    return isDeepStrictEqual(JSON.parse(block.text), JSON.parse(JSON.stringify(structured)))
  } catch {
    return false
  }
}
