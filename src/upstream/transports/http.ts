import type { Conversation } from '../../core/conversation.ts'
import { finalAnswer } from '../../core/conversation.ts'
import { buildRequest } from '../../core/json-rpc.ts'
import type { Era } from '../../core/protocol.ts'
import type { ServerEntry } from '../../core/server-entry.ts'
import { redirects, speaksEra, speaksOtherwise } from '../era.ts'
import { failed } from '../faults.ts'
import { createHttpEndpoint } from '../http-endpoint.ts'
import { createServerLog } from '../server-log.ts'
import { readServerMessage, valueAt } from '../server-message.ts'
import { withParameterHeaders } from './parameter-headers.ts'
import { createRestConversation } from './rest.ts'
import { withRevival } from './revival.ts'
import { createSharedSessions } from './shared-session.ts'
import { createSseConversation, tryEventSource } from './sse.ts'
import { createHttpConversation } from './streamable-http.ts'
import type { TransportFactory } from './transport.ts'

/** How a server behind a URL wants to be spoken to. */
type Dialect = 'streamable' | 'sse' | 'rest'

/** What the `type:` of an entry settles; `http` is found out. */
const DECLARED: Partial<Record<ServerEntry['transport'], Dialect>> = { sse: 'sse', rest: 'rest' }
/** The dialect of the original has no eras; it is presented in either. */
const BOTH: readonly Era[] = ['modern', 'legacy']

/**
 * A server behind a URL: Streamable HTTP of either era, HTTP+SSE of 2024-11-05, or the original's REST
 * dialect, as it turns out. They are tried in that order: MCP 2025-11-25, transports, backwards
 * compatibility, has a POST come before the GET of HTTP+SSE.
 */
export const createHttpTransport: TransportFactory = (entry, dependencies) => {
  const { now, authorities, limits } = dependencies
  const endpoint = createHttpEndpoint(entry, { limits: limits.http, now, authorities })
  const declared = DECLARED[entry.transport]
  const log = createServerLog()
  let dialect: Dialect = declared ?? 'streamable'
  let modern: Conversation | undefined

  const streamable = (era: Era) => createHttpConversation(era, endpoint, entry.timeout)
  const rest = (era: Era) => createRestConversation(era, endpoint, entry.timeout)
  const revived = (connect: () => Conversation) => withRevival(connect, entry.timeout)
  const inSession = () => revived(() => streamable('legacy'))
  const inShared = createSharedSessions(entry.name, inSession)
  const CONVERSATIONS: Record<Dialect, Record<Era, () => Conversation>> = {
    streamable: {
      modern: () => withParameterHeaders(streamable('modern'), log.keepOnce),
      legacy: entry.stateless ? inShared : inSession,
    },
    sse: {
      modern: () => {
        throw failed(entry.name, 'speaks HTTP+SSE, which has no modern era')
      },
      legacy: () => revived(() => createSseConversation(endpoint, entry.timeout)),
    },
    rest: { modern: () => rest('modern'), legacy: () => rest('legacy') },
  }

  const use = (found: Dialect) => {
    if (found !== dialect) modern = undefined
    dialect = found
  }
  const signal = new AbortController().signal
  const speaks = (era: Era) => speaksEra(era, streamable(era), signal)
  const speaksRest = async (): Promise<boolean> => {
    const list = buildRequest('datacline-probe', 'tools/list', {})
    const text = await finalAnswer(await rest('legacy').send(list, { signal, headers: {} }))
    return valueAt(readServerMessage(text ?? '')?.value, ['result', 'tools']) !== undefined
  }
  const unlessOtherwise = async (question: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await question()
    } catch (cause) {
      if (speaksOtherwise(cause) || redirects(cause)) return false
      throw cause
    }
  }
  const speaksSse = async () => {
    await tryEventSource(endpoint, entry.timeout)
    return true
  }

  const findOut = async (): Promise<readonly Era[]> => {
    const found: Era[] = []
    for (const era of BOTH) if (await speaks(era)) found.push(era)
    if (found.length > 0) {
      use('streamable')
      return found
    }
    if (await unlessOtherwise(speaksSse)) {
      use('sse')
      return ['legacy']
    }
    if (await unlessOtherwise(speaksRest)) {
      use('rest')
      return BOTH
    }
    throw failed(entry.name, 'speaks neither MCP nor the REST dialect of datacline')
  }

  return {
    probe: async () => {
      if (declared === 'rest') return BOTH
      if (declared === undefined) return findOut()
      await tryEventSource(endpoint, entry.timeout)
      return ['legacy']
    },
    open: async (era) => {
      if (era === 'legacy') return CONVERSATIONS[dialect].legacy()
      modern ??= CONVERSATIONS[dialect].modern()
      return modern
    },
    problem: () => undefined,
    log,
    close: async () => endpoint.close(),
  }
}
