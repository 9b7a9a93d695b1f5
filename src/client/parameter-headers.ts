import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { encodeHeaderValue } from '../lib/header-value.ts'

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * The `Mcp-Param-*` headers of a call (MCP 2026-07-28, Streamable HTTP): arguments that the tool's
 * schema marks with `x-mcp-header`, found through `properties` alone.
 */
export const parameterHeaders = (
  schema: JsonObject,
  parameters: JsonObject,
): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  const visit = (node: JsonObject, value: JsonObject): void => {
    const properties = isObject(node.properties) ? node.properties : {}
    for (const [name, property] of Object.entries(properties)) {
      if (!isObject(property) || !Object.hasOwn(value, name)) continue
      const inner = value[name]
      if (isObject(inner)) visit(property, inner)
      else Object.assign(headers, headerOf(property['x-mcp-header'], inner))
    }
  }
  visit(schema, parameters)
  return headers
}

const headerOf = (name: unknown, value: unknown): Readonly<Record<string, string>> => {
  const plain = ['string', 'number', 'boolean'].includes(typeof value)
  if (typeof name !== 'string' || !TOKEN.test(name) || !plain) return {}
  return { [`mcp-param-${name.toLowerCase()}`]: encodeHeaderValue(String(value)) }
}
