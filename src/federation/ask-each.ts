import { asGatewayError } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { OUR_META, RPC } from '../core/protocol.ts'
import { memberSpans } from '../lib/strict-json.ts'

/** What one of several servers had to say, or what kept it from doing so. */
export type Told = Readonly<{
  server: string
  /** JSON text of the result; of an empty one where there is none. */
  result: string
  problem: string | undefined
}>

/**
 * Asks several servers the same at the same time. One that fails hides none of the others.
 *
 * @param ask gives a server's JSON-RPC answer
 * @returns in the order of `servers`
 */
export const askEach = <P extends Readonly<{ server: string }>>(
  servers: readonly P[],
  ask: (asked: P) => Promise<string | undefined>,
): Promise<readonly Told[]> =>
  Promise.all(
    servers.map(async (asked) => {
      const { server } = asked
      try {
        return told(server, await ask(asked))
      } catch (cause) {
        return silent(server, asGatewayError(cause).message)
      }
    }),
  )

const silent = (server: string, problem?: string): Told => ({ server, result: '{}', problem })

const told = (server: string, answer = '{}'): Told => {
  const spans = memberSpans(answer)
  const result = spans.get('result')
  if (result !== undefined) {
    return { server, result: answer.slice(...result), problem: undefined }
  }
  const span = spans.get('error')
  const error: unknown = span && JSON.parse(answer.slice(...span))
  if (!isObject(error)) return silent(server, 'No answer')
  // A server that does not know the method has nothing of that kind, and that is no problem.
  if (error.code === RPC.methodNotFound) return silent(server)
  return silent(server, String(error.message))
}

/** The `_meta` member that says which servers are not in an answer, and why; empty when all are. */
export const degraded = (all: readonly Told[]): JsonObject => {
  const missing = all
    .filter(({ problem }) => problem !== undefined)
    .map(({ server, problem }) => ({ server, problem }))
  return missing.length === 0 ? {} : { [`${OUR_META}degraded`]: missing }
}
