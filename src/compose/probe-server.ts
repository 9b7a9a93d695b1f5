import type { Era } from '../core/protocol.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import { createPool } from '../upstream/pool.ts'

/**
 * Finds out whether a server is there and which eras of MCP it speaks; nothing of it is used.
 *
 * @throws UpstreamFailed, UpstreamTimedOut, ClientLeft when the signal is aborted
 */
export const probeServer = async (
  entry: ServerEntry,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly Era[]> => {
  const pool = createPool({
    embedded: () => undefined,
    environment,
    now: () => performance.now(),
  })
  try {
    pool.replace([{ ...entry, enabled: true }])
    return (await pool.get(entry.name)?.eras(signal)) ?? []
  } finally {
    await pool.close()
  }
}
