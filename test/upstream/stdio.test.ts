import { afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Conversation } from '../../src/core/conversation.ts'
import { buildNotification, type JsonObject, type Message } from '../../src/core/json-rpc.ts'
import { META } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { childEnvironment } from '../../src/upstream/transports/child-process.ts'
import type { UpstreamLimits } from '../../src/upstream/transports/transport.ts'
import { createUpstream, UPSTREAM_LIMITS } from '../../src/upstream/upstream.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import {
  answerOf,
  callTool,
  entryOf,
  handshake,
  initialize,
  messagesOf,
  modernCall,
  modernRequest,
  never,
  options,
  refusalOf,
  textOf,
} from './conversations.ts'

const SERVER = join(import.meta.dir, '../support/upstream-stdio.ts')

const closing = closedAfter(afterEach)

const LIMITS = {
  child: { ...UPSTREAM_LIMITS.child, patience: 150 },
  restart: { ...UPSTREAM_LIMITS.restart, first: 10 },
  probeGrace: 200,
}
const start = (
  flags: readonly string[] = [],
  entry: Partial<ServerEntry> = {},
  limits: Partial<UpstreamLimits> = {},
) => {
  const upstream = createUpstream(
    entryOf({
      transport: 'stdio',
      command: [process.execPath, SERVER, ...flags],
      protocolVersion: '2026-07-28',
      ...entry,
    }),
    {
      embedded: () => undefined,
      environment: { ...process.env, JWT_SECRET: 'secret', DATACLINE_TOKEN: 'secret' },
      now: () => performance.now(),
      authorities: undefined,
      limits: { ...UPSTREAM_LIMITS, ...LIMITS, ...limits },
    },
  )
  closing.push(upstream.close)
  return upstream
}
const LEGACY = { protocolVersion: '2025-11-25' }
const open = (upstream: ReturnType<typeof start>, era: 'modern' | 'legacy' = 'modern') =>
  upstream.open(era, never)
/** A zombie is dead, though it can still be signalled until its parent looks. */
const alive = (pid: number) => {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)])
  const state = stdout.toString().trim()
  return state !== '' && !state.startsWith('Z')
}
const pidOf = async (conversation: Conversation, call = modernCall) =>
  Number(await textOf(await conversation.send(call('pid', 'pid'), options())))

describe('one process for all of the modern era', () => {
  test('200 calls with id 1 and their progress never cross', async () => {
    const files = await open(start())
    const run = async (mark: number) => {
      const name = mark % 2 === 0 ? 'wait' : 'progress'
      const args = name === 'wait' ? { ms: mark % 7, mark } : { steps: 2, mark }
      const message = modernRequest(1, 'tools/call', {
        name,
        arguments: args,
        _meta: { progressToken: `token-${mark}` },
      })
      return messagesOf(await files.send(message, options()))
    }
    const all = await Promise.all(Array.from({ length: 200 }, (_, mark) => run(mark)))
    for (const [mark, messages] of all.entries()) {
      const last = messages.at(-1) as { id: unknown; result: { content: { text: string }[] } }
      expect(last.id).toBe(1)
      if (mark % 2 === 0) {
        expect(messages).toHaveLength(1)
        expect(JSON.parse(last.result.content[0]?.text ?? '').mark).toBe(mark)
      } else {
        const tokens = messages
          .slice(0, 2)
          .map(({ params }) => (params as JsonObject).progressToken)
        expect(tokens).toEqual([`token-${mark}`, `token-${mark}`])
        expect(messages).toHaveLength(3)
      }
    }
  })

  test('only ids and tokens of the text change; line breaks inside it begin no second message', async () => {
    const files = await open(start())
    const inner = '{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"exit"}}'
    const text = `{"jsonrpc":"2.0",\n"method":"tools/call",\r\n"params":{"name":"echo","arguments":{"n":1.50,"big":12345678901234567890,"s":${JSON.stringify(`\n${inner}\n`)}}},\n"id":"a"}`
    const message: Message = {
      kind: 'request',
      text,
      idText: '"a"',
      method: 'tools/call',
      params: {},
    }
    const reply = await files.send(message, options())
    expect(JSON.parse(await textOf(reply)).s).toBe(`\n${inner}\n`)
    expect(await textOf(await files.send(modernCall(1, 'lines'), options()))).toBe('2')
  })

  test('leaving cancels at the server, and only that call', async () => {
    const files = await open(start())
    const leaving = new AbortController()
    const gone = refusalOf(files.send(modernCall(1, 'silent'), options(leaving.signal)))
    const kept = files.send(modernCall(1, 'wait', { ms: 60 }), options())
    await files.send(modernCall(1, 'echo'), options())
    leaving.abort()
    expect((await gone).code).toBe('client_left')
    const told = JSON.parse(await textOf(await files.send(modernCall(2, 'cancelled'), options())))
    expect(told).toHaveLength(1)
    expect(await textOf(await kept)).toBe('{"ms":60}')
  })

  test('a call that says nothing times out and is cancelled, others go on', async () => {
    const files = await open(start([], { timeout: 400 }))
    await files.send(modernCall(0, 'echo'), options())
    const slow = refusalOf(files.send(modernCall(1, 'silent'), options()))
    expect(await slow).toEqual({
      code: 'upstream_timed_out',
      message: 'Server files did not answer in time',
    })
    expect(await textOf(await files.send(modernCall(2, 'cancelled'), options()))).toStartWith('[')
  })

  test('messages of a subscription carry the id that the client gave, and outlive the timeout', async () => {
    const files = await open(start([], { timeout: 400 }))
    const controller = new AbortController()
    const message = modernRequest('mine', 'subscriptions/listen', { notifications: {} })
    const reply = await files.send(message, options(controller.signal))
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    const { value } = await reader.read()
    expect(JSON.parse(value?.data ?? '').params._meta[META.subscriptionId]).toBe('mine')
    controller.abort()
    const told = JSON.parse(await textOf(await files.send(modernCall(2, 'cancelled'), options())))
    expect(told).toHaveLength(1)
  })

  test('a message that names no request reaches the only call, and nobody when there are several', async () => {
    const files = await open(start())
    const alone = await messagesOf(
      await files.send(modernCall(1, 'announce', { note: 'x' }), options()),
    )
    expect(alone[0]).toMatchObject({ method: 'notifications/message' })
    const other = files.send(modernCall(1, 'wait', { ms: 40 }), options())
    const both = await messagesOf(
      await files.send(modernCall(1, 'announce', { note: 'secret' }), options()),
    )
    expect(both).toHaveLength(1)
    expect(await messagesOf(await other)).toHaveLength(1)
  })

  test('a crash fails what is under way at once, and the next call starts the server again', async () => {
    const upstream = start()
    const files = await open(upstream)
    const first = await pidOf(files)
    const started = performance.now()
    const victims = [1, 2].map((id) => refusalOf(files.send(modernCall(id, 'silent'), options())))
    victims.push(refusalOf(files.send(modernCall(3, 'exit', { code: 1 }), options())))
    for (const { code, message } of await Promise.all(victims)) {
      expect({ code, message }).toEqual({ code: 'upstream_failed', message: 'Server files ended' })
    }
    expect(performance.now() - started).toBeLessThan(1000)
    expect(upstream.health().state).toBe('down')
    const second = await pidOf(files)
    expect(second).not.toBe(first)
    expect(upstream.health()).toMatchObject({ state: 'up', problem: undefined })
  })

  test('a server that keeps ending is left alone for a while, and is down', async () => {
    const restart = { first: 1, longest: 5000, forgiven: 60_000, perMinute: 2 }
    const upstream = start(['--crash'], {}, { restart })
    const files = await open(upstream)
    for (let turn = 0; turn < 3; turn++) {
      expect((await refusalOf(files.send(modernCall(1, 'echo'), options()))).code).toBe(
        'upstream_failed',
      )
    }
    const { message } = await refusalOf(files.send(modernCall(1, 'echo'), options()))
    expect(message).toBe('Server files keeps ending; it is started again later')
    expect(upstream.health()).toMatchObject({ state: 'down', problem: message })
  })
})

describe('one process for each legacy session', () => {
  test('the client speaks with it as if directly', async () => {
    const upstream = start([], LEGACY)
    const [one, two] = [await open(upstream, 'legacy'), await open(upstream, 'legacy')]
    expect(await answerOf(await one.send(initialize('i'), options()))).toMatchObject({
      id: 'i',
      result: { protocolVersion: '2025-11-25' },
    })
    await handshake(two)
    const [first, second] = [await pidOf(one, callTool), await pidOf(two, callTool)]
    expect(first).not.toBe(second)
    await one.close()
    expect(alive(first)).toBe(false)
    expect(alive(second)).toBe(true)
    expect((await refusalOf(one.send(callTool(1, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
  })

  test('a question of the server comes with the call, and its answer goes back', async () => {
    const files = await handshake(await open(start([], { ...LEGACY, timeout: 400 }), 'legacy'))
    const reply = await files.send(callTool(1, 'ask'), options())
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    expect((await reader.read()).value?.data).toContain('elicitation/create')
    // A human thinks for longer than the server may be silent.
    await Bun.sleep(500)
    const text = '{"jsonrpc":"2.0","id":"question","result":{"action":"accept"}}'
    const response: Message = {
      kind: 'response',
      text,
      idText: '"question"',
      method: undefined,
      params: undefined,
    }
    expect(await files.send(response, options())).toEqual({ kind: 'accepted' })
    expect((await reader.read()).value?.data).toContain('accept')
    expect((await reader.read()).done).toBe(true)
  })

  test('what belongs to no call goes to the listener, also what came before it', async () => {
    const files = await handshake(await open(start([], LEGACY), 'legacy'))
    const first = await files.send(callTool(1, 'changed'), options())
    expect((await messagesOf(first)).map(({ method }) => method)).toContain(
      'notifications/tools/list_changed',
    )
    const listening = await files.listen(undefined, options())
    if (listening.kind !== 'stream') throw new Error('not a stream')
    const second = await files.send(callTool(2, 'changed'), options())
    expect(second.kind).toBe('single')
    expect((await listening.events.getReader().read()).value?.data).toContain('list_changed')
  })

  test('a cancelled request ends without an answer; leaving cancels nothing', async () => {
    const files = await handshake(await open(start([], LEGACY), 'legacy'))
    const running = files.send(callTool(5, 'silent'), options())
    await files.send(buildNotification('notifications/cancelled', { requestId: 5 }), options())
    expect(await messagesOf(await running)).toEqual([])
    const leaving = new AbortController()
    const gone = refusalOf(files.send(callTool(6, 'silent'), options(leaving.signal)))
    leaving.abort()
    expect((await gone).code).toBe('client_left')
    expect(await textOf(await files.send(callTool(7, 'cancelled'), options()))).toBe('[5]')
  })

  test('an id that is under way is not used twice', async () => {
    const files = await handshake(await open(start([], LEGACY), 'legacy'))
    const first = files.send(callTool(1, 'wait', { ms: 20 }), options())
    expect((await refusalOf(files.send(callTool(1, 'echo'), options()))).code).toBe(
      'malformed_request',
    )
    expect(await textOf(await first)).toBe('{"ms":20}')
  })

  test('after a crash the session is not found, and a new one works', async () => {
    const upstream = start([], LEGACY)
    const files = await handshake(await open(upstream, 'legacy'))
    expect((await refusalOf(files.send(callTool(1, 'exit'), options()))).code).toBe(
      'upstream_failed',
    )
    expect((await refusalOf(files.send(callTool(2, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
    const again = await handshake(await open(upstream, 'legacy'))
    expect(await textOf(await again.send(callTool(2, 'echo'), options()))).toBe('{}')
  })

  test('processes are bounded', async () => {
    const upstream = start([], LEGACY, { maxProcesses: 2 })
    const first = await open(upstream, 'legacy')
    await open(upstream, 'legacy')
    expect((await refusalOf(open(upstream, 'legacy'))).code).toBe('overloaded')
    await first.close()
    await open(upstream, 'legacy')
  })
})

describe('what a server writes', () => {
  test('lines that are no JSON-RPC, and answers to nobody, are passed over', async () => {
    const upstream = start()
    const files = await open(upstream)
    expect(await textOf(await files.send(modernCall(1, 'garbage', { a: 1 }), options()))).toBe(
      '{"a":1}',
    )
    expect(upstream.log.lines()).toContain('stdout: this is no JSON')
  })

  test('a line beyond the limit is dropped: the only call fails at once, the process goes on', async () => {
    const child = { ...LIMITS.child, maxLineBytes: 50_000 }
    const files = await open(start([], {}, { child }))
    const before = await pidOf(files)
    const huge = await refusalOf(files.send(modernCall(1, 'huge', { bytes: 200_000 }), options()))
    expect(huge).toEqual({
      code: 'upstream_failed',
      message: 'Server files gave an answer that could not be read',
    })
    expect(await pidOf(files)).toBe(before)
  })

  test('standard error is kept, for operators only', async () => {
    const upstream = start()
    const files = await open(upstream)
    await files.send(modernCall(1, 'echo'), options())
    await until(() => upstream.log.lines().length > 0)
    expect(upstream.log.lines()).toEqual(['started'])
  })
})

describe('what a server is given', () => {
  test('a few variables and those of its entry, and none of the gateway', async () => {
    const files = await open(start([], { environment: { API_KEY: 'for this server' } }))
    const seen = JSON.parse(await textOf(await files.send(modernCall(1, 'environment'), options())))
    expect(seen.API_KEY).toBe('for this server')
    expect(seen.PATH).toBe(process.env.PATH)
    expect(JSON.stringify(seen)).not.toContain('secret')
    expect(
      Object.keys(
        childEnvironment(
          { PATH: '/bin', LC_ALL: 'C', LC_: 'x', KEYCLOAK_URL: 'x', MY_PATH: 'x', HOME: undefined },
          {},
        ),
      ),
    ).toEqual(['PATH', 'LC_ALL'])
  })

  test('its arguments are arguments, never a shell line', async () => {
    const marker = '$(touch /tmp/never); `id` ; echo'
    const upstream = createUpstream(
      entryOf({
        transport: 'stdio',
        command: [
          process.execPath,
          '-e',
          // Waits for the question: an answer that comes before it is nobody's.
          'process.stdin.once("data",()=>console.log(JSON.stringify({jsonrpc:"2.0",id:1,result:process.argv.at(-1)})))',
          marker,
        ],
        protocolVersion: '2025-11-25',
      }),
      {
        embedded: () => undefined,
        environment: process.env,
        now: () => performance.now(),
        authorities: undefined,
        limits: { ...UPSTREAM_LIMITS, ...LIMITS },
      },
    )
    closing.push(upstream.close)
    const files = await open(upstream, 'legacy')
    expect(await answerOf(await files.send(callTool(1, 'x'), options()))).toMatchObject({
      result: marker,
    })
  })

  test('a server that reads nothing is overloaded, and takes no memory without bound', async () => {
    const child = { ...LIMITS.child, maxQueuedBytes: 300_000 }
    const files = await open(start([], { command: ['sleep', '30'], timeout: 50 }, { child }))
    const big = { text: 'x'.repeat(100_000) }
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, id) =>
        refusalOf(files.send(modernCall(id, 'echo', big), options())),
      ),
    )
    expect(codes.map(({ code }) => code)).toContain('overloaded')
    expect(codes.map(({ code }) => code)).toContain('upstream_timed_out')
  })

  test('a command that is not there is an upstream failure without a path', async () => {
    const upstream = start([], { command: ['/no/such/command'] })
    const { code, message } = await refusalOf(
      (await open(upstream)).send(modernCall(1, 'x'), options()),
    )
    expect({ code, message }).toEqual({
      code: 'upstream_failed',
      message: 'Server files could not be started',
    })
  })
})

describe('the end of a process', () => {
  const grandchild = async (files: Conversation) => {
    const { pid } = JSON.parse(await textOf(await files.send(modernCall(1, 'spawn'), options())))
    expect(alive(pid)).toBe(true)
    return pid as number
  }

  test('closing ends a server that ignores the end of its input and SIGTERM, and all it started', async () => {
    const upstream = start(['--stubborn'])
    const files = await open(upstream)
    const [server, child] = [await pidOf(files), await grandchild(files)]
    await upstream.close()
    await until(() => !alive(server) && !alive(child))
    expect((await refusalOf(files.send(modernCall(1, 'echo'), options()))).code).toBe(
      'upstream_failed',
    )
  })

  test('a server that is killed leaves no grandchildren', async () => {
    const files = await open(start())
    const [server, child] = [await pidOf(files), await grandchild(files)]
    process.kill(server, 'SIGKILL')
    await until(() => !alive(child))
  })
})

describe('finding out the era of a process', () => {
  const erasOf = (...flags: string[]) => start(flags, { protocolVersion: undefined }).eras(never)

  test('both are recognised, or the one that is spoken', async () => {
    expect(await erasOf()).toEqual(['modern', 'legacy'])
    expect(await erasOf('--modern-only')).toEqual(['modern'])
    expect(await erasOf('--legacy-only')).toEqual(['legacy'])
  })

  test('a legacy server that ends on an unknown request is legacy still', async () => {
    const upstream = start(['--legacy-only', '--exit-on-unknown'], { protocolVersion: undefined })
    expect(await upstream.eras(never)).toEqual(['legacy'])
    const files = await handshake(await open(upstream, 'legacy'))
    expect(await textOf(await files.send(callTool(1, 'echo'), options()))).toBe('{}')
    expect((await refusalOf(open(upstream, 'modern'))).code).toBe('era_unsupported')
  })

  test('a server that ends at once, or says nothing, has no era', async () => {
    expect((await refusalOf(erasOf('--crash'))).code).toBe('upstream_failed')
    const mute = start([], { command: ['sleep', '30'], timeout: 60, protocolVersion: undefined })
    expect((await refusalOf(mute.eras(never))).code).toBe('upstream_timed_out')
  })
})

describe('a process for each principal', () => {
  const pidFor = async (conversation: Conversation, owner?: string) => {
    const given = { ...options(), ...(owner !== undefined && { owner }) }
    return Number(await textOf(await conversation.send(modernCall('pid', 'pid'), given)))
  }

  test('is started for whoever calls, and kept for him', async () => {
    const files = await open(start([], { process: 'principal' }))
    const [ann, bob] = await Promise.all([pidFor(files, 'iss|ann'), pidFor(files, 'iss|bob')])
    expect(ann).not.toBe(bob)
    expect(await pidFor(files, 'iss|ann')).toBe(ann)
    expect(await pidFor(files)).not.toBe(ann)
    const shared = await open(start())
    expect(await pidFor(shared, 'iss|ann')).toBe(await pidFor(shared, 'iss|bob'))
  })

  test('makes room for another when it is idle, the one that is quiet longest first', async () => {
    const files = await open(start([], { process: 'principal' }, { maxProcesses: 2 }))
    const ann = await pidFor(files, 'iss|ann')
    const bob = await pidFor(files, 'iss|bob')
    expect(await pidFor(files, 'iss|ann')).toBe(ann)
    await pidFor(files, 'iss|cid')
    expect(alive(bob)).toBe(false)
    expect(await pidFor(files, 'iss|ann')).toBe(ann)
  })

  test('is never ended for another while a call runs in it', async () => {
    const files = await open(start([], { process: 'principal' }, { maxProcesses: 1 }))
    const leaving = new AbortController()
    await pidFor(files, 'iss|ann')
    const call = modernCall('s', 'silent')
    const running = refusalOf(files.send(call, { ...options(leaving.signal), owner: 'iss|ann' }))
    const other = { ...options(), owner: 'iss|bob' }
    expect((await refusalOf(files.send(modernCall(1, 'pid'), other))).code).toBe('overloaded')
    leaving.abort()
    expect((await running).code).toBe('client_left')
  })
})
