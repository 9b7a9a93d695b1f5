import { isObject } from '../core/json-rpc.ts'
import { META, NAMED_BY, RPC } from '../core/protocol.ts'
import { encodeHeaderValue } from '../lib/header-value.ts'
import type { Send } from './ask-server.ts'
import { ClientFault } from './fault.ts'
import { deliver } from './stdio-bridge/exchange.ts'
import { BOTH_KINDS, createLegacyLink } from './stdio-bridge/legacy-link.ts'
import { faultText, type Line, readLine } from './stdio-bridge/line.ts'

/** A client that speaks over standard input and output, in front of a gateway that speaks HTTP. */
export type StdioBridge = Readonly<{
  /** One line of the client. Never throws. */
  take: (text: string) => void
  /** No more lines will come: what is under way may end within `grace` milliseconds. Never throws. */
  end: (grace: number) => Promise<void>
}>

/**
 * Carries messages of both eras between a stdio client and one MCP face of the gateway. Everything that
 * is written is a JSON-RPC message, failures too; what nobody asked for is only noted.
 *
 * @param path such as `/servers/demo/mcp`
 * @param write one message, without a line break
 * @param note a sentence for people
 */
export const createStdioBridge = (options: {
  send: Send
  path: string
  write: (line: string) => void
  note: (sentence: string) => void
  /** Milliseconds before a lost stream is tried again; 500 unless told. */
  firstRetry?: number
}): StdioBridge => {
  const { send, path, write, note } = options
  const over = new AbortController()
  const running = new Map<string, AbortController>()
  const underWay = new Set<Promise<void>>()
  const legacy = createLegacyLink({
    ...options,
    signal: over.signal,
    firstRetry: options.firstRetry ?? 500,
  })
  /** What must have arrived before the next message leaves. */
  let before: Promise<void> = Promise.resolve()

  const modern = async (line: Line, signal: AbortSignal) => {
    const response = await send(path, {
      method: 'POST',
      headers: { ...BOTH_KINDS, ...standardHeaders(line) },
      body: line.text,
      signal,
    })
    const { answered } = await deliver(response, line.idText, { write, note })
    if (!answered && !signal.aborted) {
      throw new ClientFault('unreachable', 'the gateway broke off without an answer')
    }
  }

  const carry = async (line: Line) => {
    const own = new AbortController()
    const key = keyOf(line.idText)
    if (line.kind === 'request') running.set(key, own)
    const signal = AbortSignal.any([own.signal, over.signal])
    try {
      await (line.modern ? modern(line, signal) : legacy.send(line, signal))
    } catch (cause) {
      // Whoever gave a request up waits for no answer.
      if (!signal.aborted) fail(line, cause)
    } finally {
      if (running.get(key) === own) running.delete(key)
    }
  }
  const fail = (line: Line, cause: unknown) => {
    const sentence = cause instanceof Error ? cause.message : String(cause)
    note(sentence)
    if (line.kind === 'request') write(faultText(line.idText, `datacline: ${sentence}`))
  }

  /** MCP 2026-07-28: over HTTP a request is cancelled by closing its stream. */
  const cancels = (line: Line): boolean => {
    if (line.method !== 'notifications/cancelled' || legacy.isOpen()) return false
    running.get(keyOf(JSON.stringify(line.params.requestId)))?.abort()
    return true
  }

  const go = (line: Line) => {
    if (cancels(line)) return
    if (line.kind === 'notification' && !legacy.isOpen()) {
      return note(`${line.method} belongs to no session`)
    }
    const done = carry(line)
    underWay.add(done)
    void done.then(() => underWay.delete(done))
    return line.kind === 'request' && line.method !== 'initialize' ? undefined : done
  }

  return {
    take(text) {
      const line = readLine(text)
      if (line === undefined) {
        write(
          faultText(undefined, 'A line of standard input is no JSON-RPC message', RPC.parseError),
        )
        return
      }
      // What is said one way arrives in order; requests wait for nothing but that.
      before = before.then(() => go(line))
    },
    async end(grace) {
      const rest = before.then(() => Promise.all(underWay))
      await Promise.race([rest, pauseFor(grace)])
      over.abort()
      await legacy.close()
    },
  }
}

const keyOf = (idText: string | undefined): string =>
  idText === undefined ? '' : JSON.stringify(JSON.parse(idText))

/** MCP 2026-07-28, Streamable HTTP: what the headers of a request repeat of its body. */
const standardHeaders = ({ method = '', params }: Line): Record<string, string> => {
  const meta = isObject(params._meta) ? params._meta : {}
  const named = params[NAMED_BY.get(method) ?? '']
  return {
    'mcp-protocol-version': String(meta[META.protocolVersion]),
    'mcp-method': method,
    ...(typeof named === 'string' && { 'mcp-name': encodeHeaderValue(named) }),
  }
}

const pauseFor = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
