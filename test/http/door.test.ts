import { afterAll, describe, expect, test } from 'bun:test'
import { Unauthenticated } from '../../src/core/errors.ts'
import { sendRaw, startHouse } from '../support/house.ts'

const house = startHouse()
afterAll(() => house.close())

const CALL =
  '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{}}}'
const PATH = '/servers/demo/mcp'

const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  path = PATH,
) =>
  fetch(house.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })

const raw = (lines: readonly string[], body = CALL) =>
  [...lines, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')

const forwardedBy = async (send: () => Promise<unknown>) => {
  const before = house.steps.filter((step) => step === 'forward').length
  const recorded = house.settled.length
  await send()
  return {
    forwarded: house.steps.filter((step) => step === 'forward').length - before,
    recorded: house.settled.length - recorded,
  }
}

describe('the door', () => {
  test('a good call passes', async () => {
    const response = await post(CALL)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ result: {} })
  })

  test.each([
    ['a foreign Host', { host: 'evil.example' }, 421],
    ['a Host that only begins like ours', { host: 'localhost.evil.example' }, 421],
    ['a foreign Origin', { origin: 'https://evil.example' }, 403],
    ['an Origin of null', { origin: 'null' }, 403],
    ['an Origin on another port of ours', { origin: 'http://127.0.0.1:1' }, 403],
    [
      'text/plain from a foreign Origin',
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
      403,
    ],
    ['text/plain', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['JSON in another charset', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['an Accept that wants neither', { accept: 'text/html' }, 406],
    [
      'a header flood',
      Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, '1'])),
      431,
    ],
    ['headers beyond 14 KiB', { 'x-long': 'a'.repeat(15_000) }, 431],
  ])('%s is refused, recorded, and never forwarded', async (_name, headers, status) => {
    let response: Response | undefined
    const counted = await forwardedBy(async () => {
      response = await post(CALL, headers)
    })
    expect(response?.status).toBe(status)
    expect(counted).toEqual({ forwarded: 0, recorded: 1 })
  })

  test.each([
    [
      'a key twice',
      '{"jsonrpc":"2.0","id":7,"method":"tools/list","method":"tools/call"}',
      400,
      -32700,
    ],
    ['a key twice, deep inside', CALL.replace('{}', '{"a":{"b":1,"b":2}}'), 400, -32700],
    [
      'invalid UTF-8',
      new Uint8Array([...Buffer.from('{"jsonrpc":"2.0","id":7,"x":"'), 0xff, 0x22, 0x7d]),
      400,
      -32700,
    ],
    ['a byte order mark', `\ufeff${CALL}`, 400, -32700],
    [
      'something too deep',
      CALL.replace('{}', `{"a":${'['.repeat(70)}${']'.repeat(70)}}`),
      400,
      -32700,
    ],
    ['a batch', `[${CALL}]`, 400, -32600],
    ['a lookalike member', CALL.replace('"method"', '"Method":"x","method"'), 400, -32600],
    ['no JSON-RPC', '{"hello":1}', 400, -32600],
    ['something too large', CALL.replace('{}', `{"a":"${'x'.repeat(5000)}"}`), 413, -32600],
    ['a control character in a tool name', CALL.replace('echo', 'a\\u0000b'), 400, -32600],
    ['a newline in a tool name', CALL.replace('echo', 'x\\ndelete_all'), 400, -32600],
    ['an encoded dot segment in a tool name', CALL.replace('echo', 'x%2F..%2Fadmin'), 400, -32600],
    [
      'a doubly encoded dot segment',
      CALL.replace('echo', 'x%252F%252e%252e%252Fadmin'),
      400,
      -32600,
    ],
    ['a tool without a name', CALL.replace('"name":"echo",', ''), 200, -32602],
  ])('%s is refused, recorded, and never forwarded', async (_name, body, status, code) => {
    let response: Response | undefined
    const counted = await forwardedBy(async () => {
      response = await post(body)
    })
    expect(response?.status).toBe(status)
    expect((await response?.json()) as unknown).toMatchObject({ error: { code } })
    expect(counted).toEqual({ forwarded: 0, recorded: 1 })
  })

  test.each([
    [
      'two Hosts',
      [
        'POST /servers/demo/mcp HTTP/1.1',
        'host: localhost',
        'host: evil',
        'content-type: application/json',
      ],
    ],
    [
      'two Authorizations',
      [
        'POST /servers/demo/mcp HTTP/1.1',
        'host: localhost',
        'authorization: Bearer a',
        'authorization: Bearer b',
        'content-type: application/json',
      ],
    ],
    [
      'two session ids',
      [
        'POST /servers/demo/mcp HTTP/1.1',
        'host: localhost',
        'mcp-session-id: a',
        'mcp-session-id: b',
        'content-type: application/json',
      ],
    ],
    [
      'a Host that is no host',
      ['POST /servers/demo/mcp HTTP/1.1', 'host: a@b', 'content-type: application/json'],
    ],
    [
      'a Host that smuggles a path',
      [
        'POST /servers/demo/mcp HTTP/1.1',
        'host: localhost/health/live?',
        'content-type: application/json',
      ],
    ],
    ['no Host', ['POST /servers/demo/mcp HTTP/1.1', 'content-type: application/json']],
  ])('%s: 400, and nothing of us shows', async (_name, lines) => {
    let text = ''
    const counted = await forwardedBy(async () => {
      text = await sendRaw(house.port, raw(lines))
    })
    expect(text).toStartWith('HTTP/1.1 400')
    expect(text).not.toMatch(/\.ts\b|stack|\/src\//i)
    expect(counted.forwarded).toBe(0)
  })

  test('a token in the query is refused and not repeated', async () => {
    const response = await post(CALL, {}, `${PATH}?access_token=sekret`)
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain('sekret')
    expect(JSON.stringify(house.settled.at(-1))).not.toContain('sekret')
  })

  test('our own Origin is welcome', async () => {
    expect((await post(CALL, { origin: house.url })).status).toBe(200)
  })

  test('an unknown address is a plain 404, recorded', async () => {
    const response = await fetch(`${house.url}/nothing/here`)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ detail: 'Not Found', code: 'not_found' })
  })

  test('a method that no face has is 405', async () => {
    expect((await fetch(house.url + PATH, { method: 'PUT', body: '{}' })).status).toBe(405)
  })

  test('a fault of ours tells nothing of itself', async () => {
    const broken = startHouse({
      decide: () => {
        throw new Error('secret detail in /home/somebody/file.ts')
      },
    })
    const response = await fetch(broken.url + PATH, {
      method: 'POST',
      body: CALL,
      headers: { 'content-type': 'application/json' },
    })
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toContain('secret')
    expect(JSON.parse(text)).toMatchObject({ id: 7, error: { message: 'Internal error' } })
    await broken.close()
  })

  test('flaw F18: a 401 carries a challenge, and no nested error text', async () => {
    const closed = startHouse({
      authenticate: () => {
        throw new Unauthenticated('expired', true)
      },
    })
    const response = await fetch(`${closed.url}/mcp/servers`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(await response.json()).toEqual({ detail: 'Invalid token', code: 'unauthenticated' })
    await closed.close()
  })
})

describe('a web page', () => {
  const open = startHouse(
    {},
    {
      door: {
        allowedHosts: [],
        allowedOrigins: ['https://app.example.com'],
        addressHosts: false,
        maxBodyBytes: 4096,
      },
    },
  )
  afterAll(() => open.close())
  const ask = (origin: string, method = 'GET') =>
    fetch(`${open.url}/mcp/servers`, { method, headers: { origin } })

  test('of a configured origin may call, and read what it must', async () => {
    const response = await ask('https://app.example.com')
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(response.headers.get('access-control-expose-headers')).toContain('mcp-session-id')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    const preflight = await ask('https://app.example.com', 'OPTIONS')
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('mcp-method')
  })

  test('of any other origin is told nothing, not even in a preflight', async () => {
    for (const origin of [
      'https://evil.example',
      open.url.replace('127.0.0.1', 'localhost'),
      'null',
    ]) {
      const response = await ask(origin, 'OPTIONS')
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

describe('what is public', () => {
  test.each(['/', '/health', '/health/live', '/health/ready', '/config', '/openapi.json', '/docs'])(
    '%s answers without a token',
    async (path) => {
      const closed = startHouse({
        authenticate: () => {
          throw new Unauthenticated('none', false)
        },
      })
      const response = await fetch(closed.url + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      await response.text()
      await closed.close()
    },
  )

  test('flaw F40: readiness fails when a part is down', async () => {
    const ill = startHouse({}, { readiness: () => ({ record: 'down', policy: 'ok' }) })
    const response = await fetch(`${ill.url}/health/ready`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      status: 'down',
      parts: { record: 'down', policy: 'ok' },
    })
    await ill.close()
  })

  test('every path and schema of the OpenAPI document is one that is served', async () => {
    const response = await fetch(`${house.url}/openapi.json`)
    const document = (await response.json()) as { paths: Record<string, object> }
    expect(Object.keys(document.paths)).toContain('/mcp/invoke')
    for (const [path, methods] of Object.entries(document.paths)) {
      const [method = ''] = Object.keys(methods)
      const address = house.url + path.replace('{mcp_server}', 'demo')
      const answer = await fetch(address, { method: method.toUpperCase() })
      expect(answer.status).not.toBe(404)
    }
  })
})
