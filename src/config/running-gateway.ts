import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Where the gateway that uses this state directory listens, as it last told; undefined when it told
 * nothing that can be read. It may have ended since.
 */
export const runningGatewayUrl = (stateDirectory: string): string | undefined => {
  try {
    const told: unknown = JSON.parse(readFileSync(join(stateDirectory, 'lock.json'), 'utf8'))
    const port = typeof told === 'object' && told !== null && 'port' in told ? told.port : undefined
    return Number.isInteger(port) ? `http://127.0.0.1:${port}` : undefined
  } catch {
    return undefined
  }
}
