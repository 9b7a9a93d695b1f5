import type { Conversation } from '../../core/conversation.ts'
import { finalAnswer } from '../../core/conversation.ts'
import { UpstreamFailed } from '../../core/errors.ts'
import { buildRequest } from '../../core/json-rpc.ts'
import type { Era } from '../../core/protocol.ts'
import { speaksEra } from '../era.ts'
import { failed, NotAnAnswer } from '../faults.ts'
import { createHttpEndpoint } from '../http-endpoint.ts'
import { readServerMessage, valueAt } from '../server-message.ts'
import { createRestConversation } from './rest.ts'
import { createHttpConversation } from './streamable-http.ts'
import type { TransportFactory } from './transport.ts'

type Dialect = 'mcp' | 'rest'

const CONVERSATIONS = { mcp: createHttpConversation, rest: createRestConversation } as const
/** The dialect of the original has no eras; it is presented in either. */
const BOTH: readonly Era[] = ['modern', 'legacy']

const isNoAnswer = (cause: unknown) =>
  cause instanceof UpstreamFailed && cause.cause instanceof NotAnAnswer

/** A server behind a URL: Streamable HTTP, or the original's REST dialect, as it turns out. */
export const createHttpTransport: TransportFactory = (entry, dependencies) => {
  const { now, authorities, limits } = dependencies
  const endpoint = createHttpEndpoint(entry, { limits: limits.http, now, authorities })
  let dialect: Dialect = entry.transport === 'rest' ? 'rest' : 'mcp'
  let modern: Conversation | undefined

  const converse = (kind: Dialect, era: Era) => CONVERSATIONS[kind](era, endpoint, entry.timeout)
  const use = (kind: Dialect) => {
    if (kind !== dialect) modern = undefined
    dialect = kind
  }

  const speaks = (era: Era) => speaksEra(era, converse('mcp', era), new AbortController().signal)
  const speaksRest = async (): Promise<boolean> => {
    const list = buildRequest('datacline-probe', 'tools/list', {})
    const options = { signal: new AbortController().signal, headers: {} }
    try {
      const text = await finalAnswer(await converse('rest', 'legacy').send(list, options))
      return valueAt(readServerMessage(text ?? '')?.value, ['result', 'tools']) !== undefined
    } catch (cause) {
      // It was reached a moment ago; whatever it says to this question, it is not a list of tools.
      if (isNoAnswer(cause)) return false
      throw cause
    }
  }

  return {
    probe: async () => {
      if (entry.transport === 'rest') return BOTH
      const found: Era[] = []
      for (const era of BOTH) if (await speaks(era)) found.push(era)
      if (found.length > 0) {
        use('mcp')
        return found
      }
      if (!(await speaksRest())) {
        throw failed(entry.name, 'speaks neither MCP nor the REST dialect of datacline')
      }
      use('rest')
      return BOTH
    },
    open: async (era) => {
      if (era === 'legacy') return converse(dialect, era)
      modern ??= converse(dialect, era)
      return modern
    },
    problem: () => undefined,
    stderrTail: () => [],
    close: async () => endpoint.close(),
  }
}

/** HTTP+SSE of 2024-11-05 is not spoken. */
export const createSseTransport: TransportFactory = (entry) => {
  const refusal = () =>
    failed(
      entry.name,
      'is registered as `sse`, the HTTP+SSE transport of 2024-11-05, which datacline does not speak; ' +
        'use `http` when it has Streamable HTTP',
    )
  return {
    probe: () => Promise.reject(refusal()),
    open: () => Promise.reject(refusal()),
    problem: () => refusal().message,
    stderrTail: () => [],
    close: async () => undefined,
  }
}
