import { isObject, type JsonObject } from '../../../src/core/json-rpc.ts'
import { answer, type Seen, startUpstream, type UpstreamOptions } from '../../support/upstream.ts'

const event = (message: unknown) => `event: message\ndata: ${JSON.stringify(message)}\n\n`
const utf8 = new TextEncoder()

/**
 * A legacy server whose tool `ask` puts questions to its client before it answers with what it heard:
 * `{rounds: [[{method, params}, …], …]}`, each round when the one before is answered.
 */
export const startAskingServer = (options: UpstreamOptions = {}) => {
  const waiting = new Map<string, (response: JsonObject) => void>()
  /** Every answer and cancellation that the gateway posted. */
  const told: JsonObject[] = []
  let questions = 0

  const put = (question: unknown, send: (message: unknown) => void) => {
    const id = `q${++questions}`
    const heard = Promise.withResolvers<JsonObject>()
    waiting.set(id, heard.resolve)
    send({ jsonrpc: '2.0', id, ...(isObject(question) ? question : {}) })
    return heard.promise
  }
  const ask = (seen: Seen, rounds: readonly unknown[][]) =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: async (controller) => {
          const send = (message: unknown) => controller.enqueue(utf8.encode(event(message)))
          const heard: unknown[] = []
          try {
            for (const round of rounds) {
              const responses = await Promise.all(round.map((question) => put(question, send)))
              heard.push(...responses.map(({ result, error }) => result ?? error))
            }
            send(answer(seen, { content: [{ type: 'text', text: JSON.stringify(heard) }] }))
            controller.close()
          } catch {
            // The gateway has given the call up.
          }
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    )

  const upstream = startUpstream({
    ...options,
    eras: ['legacy'],
    script: (seen) => {
      const { id, method, params } = seen.message
      if (seen.verb === 'POST' && (method === undefined || method === 'notifications/cancelled')) {
        told.push(seen.message)
        waiting.get(String(id))?.(seen.message)
        return new Response(null, { status: 202 })
      }
      if (method === 'tools/call' && isObject(params) && params.name === 'ask') {
        const given = params.arguments as { rounds: unknown[][] }
        return ask(seen, given.rounds)
      }
      return options.script?.(seen)
    },
  })
  return {
    ...upstream,
    told,
    /** Waits for the answer to a question that the test puts by hand. */
    heard: (id: string) => new Promise<JsonObject>((resolve) => waiting.set(id, resolve)),
    cancelled: () => told.filter(({ method }) => method === 'notifications/cancelled'),
  }
}

export const ELICIT = {
  method: 'elicitation/create',
  params: { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } },
}
export const SAMPLE = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } }
export const ROOTS = { method: 'roots/list' }
