import { isSecretName } from '../config/secret-reference.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'

const CREDENTIALS: readonly string[] = ['credential_value', 'credential']

/** An entry of mcp_servers.yaml for people's eyes: references stay, the secrets that stand in it do not. */
export const maskedBlock = (block: unknown): JsonObject =>
  isObject(block)
    ? Object.fromEntries(Object.entries(block).map(([key, value]) => [key, masked(key, value)]))
    : {}

const masked = (key: string, value: unknown): unknown => {
  if (isObject(value)) return maskedBlock(value)
  if (typeof value !== 'string' || value.startsWith('env://')) return value
  return CREDENTIALS.includes(key) || isSecretName(key) ? '(set)' : value
}
