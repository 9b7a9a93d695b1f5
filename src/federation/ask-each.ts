import { finalAnswer, type Reply } from '../core/conversation.ts'
import { asGatewayError, UpstreamTimedOut } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { OUR_META, RPC } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/** What one of several servers had to say, or what kept it from doing so. */
export type Told = Readonly<{ server: string; result: JsonObject; problem: string | undefined }>

/**
 * Asks several servers the same at the same time. One that fails, or takes longer than its budget,
 * hides none of the others.
 *
 * @param budget milliseconds
 * @returns in the order of `servers`, numbers lossless
 */
export const askEach = <P extends Readonly<{ server: string }>>(
  servers: readonly P[],
  ask: (asked: P, signal: AbortSignal) => Promise<Reply>,
  signal: AbortSignal,
  budget: number,
): Promise<readonly Told[]> =>
  Promise.all(
    servers.map(async (asked) => {
      const { server } = asked
      const late = AbortSignal.timeout(budget)
      try {
        const answering = ask(asked, AbortSignal.any([signal, late])).then(finalAnswer)
        return told(server, await unlessLate(answering, late, budget))
      } catch (cause) {
        return { server, result: {}, problem: asGatewayError(cause).message }
      }
    }),
  )

const unlessLate = <T>(answering: Promise<T>, late: AbortSignal, budget: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const give = () => reject(new UpstreamTimedOut(`No answer within ${budget} ms`))
    late.addEventListener('abort', give, { once: true })
    answering.then(resolve, reject).finally(() => late.removeEventListener('abort', give))
  })

const told = (server: string, text: string | undefined): Told => {
  const answer = text === undefined ? undefined : parseLossless(text)
  if (!isObject(answer)) return { server, result: {}, problem: 'No answer' }
  if (isObject(answer.result)) return { server, result: answer.result, problem: undefined }
  const { error } = answer
  // A server that does not know the method has nothing of that kind, and that is no problem.
  if (isObject(error) && error.code === RPC.methodNotFound) {
    return { server, result: {}, problem: undefined }
  }
  return { server, result: {}, problem: isObject(error) ? String(error.message) : 'No answer' }
}

/** The `_meta` member that says which servers are not in an answer, and why; empty when all are. */
export const degraded = (all: readonly Told[]): JsonObject => {
  const missing = all
    .filter(({ problem }) => problem !== undefined)
    .map(({ server, problem }) => ({ server, problem }))
  return missing.length === 0 ? {} : { [`${OUR_META}degraded`]: missing }
}
