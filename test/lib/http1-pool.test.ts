import { afterEach, describe, expect, test } from 'bun:test'
import { readBody } from '../../src/lib/http1-body.ts'
import type { Http1Error } from '../../src/lib/http1-error.ts'
import { createHttp1Pool, type Http1Pool, type Http1PoolLimits } from '../../src/lib/http1-pool.ts'
import { selfSigned } from '../support/certificate.ts'
import { closedAfter } from '../support/closing.ts'
import { plainResponse, startRawServer } from '../support/raw-server.ts'
import { until } from '../support/until.ts'

const closing = closedAfter(afterEach)
const tidy = <T extends { close: () => unknown }>(thing: T): T => {
  closing.push(thing.close)
  return thing
}

type Overrides = Partial<Http1PoolLimits> & {
  host?: string
  tls?: boolean
  authorities?: string
  mayConnect?: (address: string) => boolean
  connectTimeout?: number
}
const poolTo = (port: number, options: Overrides = {}): Http1Pool => {
  const {
    host = '127.0.0.1',
    tls = false,
    authorities,
    mayConnect = () => true,
    connectTimeout = 2000,
    ...limits
  } = options
  return tidy(
    createHttp1Pool({
      origin: { host, port, tls },
      connect: {
        limits: { maxHeadBytes: 65_536, maxFields: 256 },
        connectTimeout,
        mayConnect,
        authorities,
      },
      limits: { maxSockets: 8, maxIdle: 8, maxQueue: 8, idleTime: 2000, ...limits },
      now: () => performance.now(),
    }),
  )
}
const never = new AbortController().signal
const post = (pool: Http1Pool, body = '{}', signal = never) =>
  pool.request({ method: 'POST', path: '/mcp', headers: { accept: '*/*' }, body, signal })
const get = (pool: Http1Pool, signal = never) =>
  pool.request({ method: 'GET', path: '/', headers: {}, signal })
const textOf = async (response: Awaited<ReturnType<typeof post>>) =>
  Buffer.from(await readBody(response.body, 1_000_000)).toString()
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (cause: Http1Error) => cause.fault,
  )

describe('keep-alive', () => {
  test('one connection serves one request after the other', async () => {
    const server = tidy(
      startRawServer((reply, { requests }) => reply(plainResponse(`n${requests}`))),
    )
    const pool = poolTo(server.port)
    expect(await textOf(await post(pool))).toBe('n1')
    expect(await textOf(await post(pool))).toBe('n2')
    expect(await textOf(await get(pool))).toBe('n3')
    expect(server.seen.connections).toBe(1)
    expect(server.seen.requests[0]).toBe(
      `POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\naccept: */*\r\ncontent-length: 2\r\n\r\n{}`,
    )
  })

  test('a connection is not used again after Connection: close, surplus bytes or an unread body', async () => {
    for (const answer of [
      plainResponse('x', 'Connection: close\r\n'),
      `${plainResponse('x')}surplus`,
    ]) {
      const server = tidy(startRawServer((reply) => reply(answer)))
      const pool = poolTo(server.port)
      await textOf(await post(pool))
      await textOf(await post(pool))
      expect(server.seen.connections).toBe(2)
    }
    const server = tidy(
      startRawServer((reply) => reply('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx')),
    )
    const pool = poolTo(server.port)
    ;(await post(pool)).body.cancel()
    ;(await post(pool)).body.cancel()
    expect(server.seen.connections).toBe(2)
  })

  test('a POST after the server closed the kept connection goes on a fresh one, and only once', async () => {
    const server = tidy(startRawServer((reply) => reply(plainResponse('x'), true)))
    const pool = poolTo(server.port)
    for (let turn = 0; turn < 10; turn++) {
      await textOf(await post(pool))
      await Bun.sleep(1 + turn)
    }
    expect(server.seen.requests).toHaveLength(10)
  })

  test('a POST that was written and not answered is never sent again, a GET on a reused connection once', async () => {
    const server = tidy(
      startRawServer((reply, { requests, number }, socket) =>
        requests === 1 && number !== 2 ? reply(plainResponse('x')) : socket.terminate(),
      ),
    )
    const pool = poolTo(server.port)
    await textOf(await post(pool))
    expect(await faultOf(post(pool))).toBe('unanswered')
    expect(server.seen.requests).toHaveLength(2)
    // The second connection drops even its first request: a GET on it is not repeated.
    expect(await faultOf(get(pool))).toBe('unanswered')
    expect(server.seen.requests).toHaveLength(3)
    await textOf(await get(pool))
    expect(await textOf(await get(pool))).toBe('x')
    expect(server.seen.requests).toHaveLength(6)
  })

  test('a parse error ends the connection', async () => {
    const server = tidy(
      startRawServer((reply, { number }) =>
        reply(number === 1 ? 'HTTP/9 what\r\n\r\n' : plainResponse('ok')),
      ),
    )
    const pool = poolTo(server.port)
    expect(await faultOf(post(pool))).toBe('protocol')
    expect(await textOf(await post(pool))).toBe('ok')
    expect(server.seen.connections).toBe(2)
  })

  test('an idle connection is given up after the time that the server announced', async () => {
    const server = tidy(
      startRawServer((reply) => reply(plainResponse('x', 'Keep-Alive: timeout=0\r\n'))),
    )
    const pool = poolTo(server.port)
    await textOf(await post(pool))
    await textOf(await post(pool))
    expect(server.seen.connections).toBe(2)
  })
})

describe('bounds', () => {
  test('requests beyond the sockets wait in line, and beyond the line they are refused', async () => {
    const held: (() => void)[] = []
    const server = tidy(startRawServer((reply) => held.push(() => reply(plainResponse('x')))))
    const pool = poolTo(server.port, { maxSockets: 2, maxQueue: 2 })
    const running = [post(pool), post(pool), post(pool), post(pool)]
    await until(() => held.length === 2)
    expect(await faultOf(post(pool))).toBe('queue')
    expect(held).toHaveLength(2)
    for (const _ of running) {
      await until(() => held.length > 0)
      held.shift()?.()
    }
    for (const answer of running) expect(await textOf(await answer)).toBe('x')
    expect(server.seen.connections).toBe(2)
  })

  test('who leaves the line makes room and does not lose the turn of the next', async () => {
    const held: (() => void)[] = []
    const server = tidy(startRawServer((reply) => held.push(() => reply(plainResponse('x')))))
    const pool = poolTo(server.port, { maxSockets: 1, maxQueue: 2 })
    const first = post(pool)
    const controller = new AbortController()
    const second = faultOf(post(pool, '{}', controller.signal))
    const third = post(pool)
    await until(() => held.length === 1)
    controller.abort()
    expect(await second).toBe('aborted')
    held.shift()?.()
    await textOf(await first)
    await until(() => held.length === 1)
    held.shift()?.()
    expect(await textOf(await third)).toBe('x')
  })

  test('a body beyond the limit is given up', async () => {
    const server = tidy(startRawServer((reply) => reply(plainResponse('x'.repeat(1000)))))
    const response = await post(poolTo(server.port))
    expect(await faultOf(readBody(response.body, 999))).toBe('too_large')
  })

  test('a body that nobody reads holds the server back', async () => {
    const piece = Buffer.alloc(64 * 1024, 97)
    let sent = 0
    const fill = (socket: Bun.Socket<unknown>) => {
      for (;;) {
        const count = socket.write(piece)
        sent += Math.max(0, count)
        if (count < piece.length) return
      }
    }
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data: (socket) => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          fill(socket)
        },
        drain: fill,
      },
    })
    closing.push(() => server.stop(true))
    const response = await post(poolTo(server.port))
    let stalled = -1
    while (sent !== stalled) {
      stalled = sent
      await Bun.sleep(50)
    }
    expect(stalled).toBeLessThan(16_000_000)
    for (let read = 0; read < stalled; ) read += (await response.body.read())?.length ?? 0
    await until(() => sent > stalled)
    response.body.cancel()
  })
})

describe('giving up', () => {
  test('an abort closes the connection while waiting for the head and while reading the body', async () => {
    const server = tidy(
      startRawServer((reply, { number }) => {
        if (number === 2) reply('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx')
      }),
    )
    const pool = poolTo(server.port)
    const controller = new AbortController()
    const waiting = faultOf(post(pool, '{}', controller.signal))
    await until(() => server.seen.requests.length === 1)
    controller.abort()
    expect(await waiting).toBe('aborted')
    const second = new AbortController()
    const response = await post(pool, '{}', second.signal)
    await response.body.read()
    const reading = faultOf(response.body.read())
    second.abort()
    expect(await reading).toBe('aborted')
    expect(
      await until(
        () => server.sockets.size,
        (count) => count === 0,
      ),
    ).toBe(0)
  })

  test('no server, no name and no answer to the connect are a fault of the connection', async () => {
    expect(await faultOf(post(poolTo(1)))).toBe('connect')
    expect(await faultOf(post(poolTo(80, { host: 'nowhere.invalid' })))).toBe('connect')
    const silent = tidy(startRawServer(() => undefined))
    expect(await faultOf(post(poolTo(silent.port, { tls: true, connectTimeout: 30 })))).toBe(
      'connect',
    )
  })

  test('a name that leads to a refused address gets no byte', async () => {
    const server = tidy(startRawServer((reply) => reply(plainResponse('x'))))
    const asked: string[] = []
    const mayConnect = (address: string) => {
      asked.push(address)
      return false
    }
    expect(await faultOf(post(poolTo(server.port, { host: 'localhost', mayConnect })))).toBe(
      'refused',
    )
    expect(asked).toEqual(['127.0.0.1'])
    expect(server.seen.requests).toEqual([])
  })

  test('header values and paths that would start another line are not sent', async () => {
    const server = tidy(startRawServer((reply) => reply(plainResponse('x'))))
    const pool = poolTo(server.port)
    const request = { method: 'GET', path: '/', headers: {}, signal: never } as const
    expect(await faultOf(pool.request({ ...request, headers: { a: 'b\r\nc: d' } }))).toBe(
      'protocol',
    )
    expect(await faultOf(pool.request({ ...request, path: '/ HTTP/1.1\r\n' }))).toBe('protocol')
    expect(server.seen.connections).toBe(0)
  })
})

describe('TLS', () => {
  const mine = selfSigned('localhost')
  const start = (pair: { certificate: string; key: string }) => {
    let hits = 0
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      tls: { cert: pair.certificate, key: pair.key },
      fetch: () => {
        hits++
        return new Response('secret')
      },
    })
    closing.push(() => server.stop(true))
    return { port: server.port ?? 0, hits: () => hits }
  }

  test('a self-signed certificate is refused before a byte is sent', async () => {
    const server = start(mine)
    expect(await faultOf(post(poolTo(server.port, { host: 'localhost', tls: true })))).toBe('tls')
    expect(server.hits()).toBe(0)
  })

  test('a trusted certificate for another name is refused', async () => {
    const other = selfSigned('other.example')
    const server = start(other)
    const wrong = { host: 'localhost', tls: true, authorities: other.certificate }
    expect(await faultOf(post(poolTo(server.port, wrong)))).toBe('tls')
    const address = { host: '127.0.0.1', tls: true, authorities: other.certificate }
    expect(await faultOf(post(poolTo(server.port, address)))).toBe('tls')
    expect(server.hits()).toBe(0)
  })

  test('a trusted certificate for this name is accepted, and the connection kept', async () => {
    const server = start(mine)
    const pool = poolTo(server.port, {
      host: 'localhost',
      tls: true,
      authorities: mine.certificate,
    })
    expect(await textOf(await post(pool))).toBe('secret')
    expect(await textOf(await post(pool))).toBe('secret')
    expect(server.hits()).toBe(2)
  })
})
