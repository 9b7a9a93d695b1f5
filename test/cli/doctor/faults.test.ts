import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { examine } from '../../../src/cli/doctor/examine.ts'
import { closedAfter } from '../../support/closing.ts'
import { temporaryDirectory } from '../../support/datacline.ts'
import { startIssuer } from '../../support/issuer.ts'
import { found, sceneOf } from './scene.ts'

const closing = closedAfter(afterAll)

const directoryWith = async (files: Readonly<Record<string, string>> = {}) => {
  const directory = await temporaryDirectory(files)
  closing.push(directory.remove)
  return directory.path
}

const keycloak = await startIssuer({ keycloakRealm: 'mcp-gateway' })
const plain = await startIssuer()
closing.push(keycloak.close, plain.close)
const KEYCLOAK = { KEYCLOAK_URL: keycloak.url }
const PLAIN = { JWT_ISSUER: plain.issuer }

/** The first finding, as what a person would look at. */
const first = async (...given: Parameters<typeof found>) => {
  const [finding] = await found(...given)
  return finding
}

/** What a Keycloak 26.0.8 put into the token of a user of a new realm, through a new public client. */
const STOCK = {
  aud: 'account',
  typ: 'Bearer',
  azp: 'mcp-gateway-client',
  sid: '11f37884-e318-4232-9640-6a774e0117c4',
  acr: '1',
  realm_access: { roles: ['default-roles-mcp-gateway', 'offline_access', 'uma_authorization'] },
  resource_access: {
    account: { roles: ['manage-account', 'manage-account-links', 'view-profile'] },
  },
  scope: 'email profile',
  email_verified: true,
  name: 'A L',
  preferred_username: 'alice',
  given_name: 'A',
  family_name: 'L',
  email: 'alice@example.com',
}

describe('a token', () => {
  const judged = async (environment: Readonly<Record<string, string>>, token: string) =>
    first('token', { directory: await directoryWith(), environment, token })

  test('that is for somebody else is told with what it is for, and with what would do', async () => {
    const token = await plain.token({ aud: 'billing' })
    const finding = await judged(PLAIN, token)
    expect(finding).toMatchObject({
      status: 'error',
      where: '--token',
      detail: expect.stringContaining('aud is billing, expected mcp-gateway or http://localhost'),
      // Only Keycloak is told by Keycloak's command.
      fix: 'datacline doctor token --token-file FILE',
    })
    expect(finding?.facts).toContain('aud = billing  <- wrong audience')
    expect(finding?.facts).toContain(`iss = ${plain.issuer}`)
  })

  test('of a stock Keycloak is a warning, and an error when JWT_AUDIENCE is set', async () => {
    const token = await keycloak.token(STOCK)
    expect(await judged(KEYCLOAK, token)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('a stock Keycloak token of alice'),
      fix: expect.stringMatching(
        /^kcadm\.sh config credentials --server http:\S+ .* && kcadm\.sh create .*-r mcp-gateway .*included\.custom\.audience/,
      ),
    })
    expect(await judged({ ...KEYCLOAK, JWT_AUDIENCE: 'mine' }, token)).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('JWT_AUDIENCE demands one'),
      fix: expect.stringContaining('"=mine'),
    })
  })

  test('of another issuer is told as such, although its key is unknown too', async () => {
    expect(await judged(KEYCLOAK, await plain.token())).toMatchObject({
      status: 'error',
      detail: expect.stringContaining(`from another issuer, ${plain.issuer}`),
      fix: 'datacline config show',
    })
  })

  test.each([
    ['has expired', { exp: 1_700_000_000, iat: 1_699_999_000 }],
    ['issued in the future', { iat: Math.floor(Date.now() / 1000) + 600 }],
    ['no access token', { typ: 'ID' }],
    ['bound to a key', { cnf: { jkt: 'x' } }],
  ])('that %s is told so', async (words, claims) => {
    expect(await judged(PLAIN, await plain.token(claims))).toMatchObject({
      status: 'error',
      detail: expect.stringContaining(words),
      fix: expect.stringContaining('datacline doctor'),
    })
  })

  test('that is none is told so', async () => {
    expect((await judged(PLAIN, 'nonsense'))?.detail).toBe('it is no signed JWT of three parts')
    expect((await judged(PLAIN, `${await plain.token()}x`))?.status).toBe('error')
  })

  test('of Keycloak for somebody else is told with the command that names us in it', async () => {
    expect(
      await judged(KEYCLOAK, await keycloak.token({ ...STOCK, aud: 'billing' })),
    ).toMatchObject({
      status: 'error',
      detail: expect.stringMatching(/aud is billing, .*; add a mapper, then get a new token$/),
      fix: expect.stringContaining('oidc-audience-mapper'),
    })
  })

  test('that refreshes others is told as such, although its algorithm is none of ours', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iss: keycloak.issuer, typ: 'Refresh', exp: Math.floor(Date.now() / 1000) + 60 }
    const token = `${part({ alg: 'HS512', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`
    expect(await judged(KEYCLOAK, token)).toMatchObject({
      detail: 'it is no access token: an ID or refresh token opens nothing',
    })
  })

  test('of the same realm under another name of its host is told how to name it', async () => {
    const environment = { KEYCLOAK_URL: keycloak.url.replace('127.0.0.1', 'localhost') }
    expect((await judged(environment, await keycloak.token(STOCK)))?.detail).toEndWith(
      'if that is the same issuer under two names, JWT_ISSUER must be the one in its tokens',
    )
  })

  test('that would be accepted is well, and is never printed, whatever is wrong with it', async () => {
    for (const claims of [{}, { aud: 'x' }, { exp: 1 }, { iss: 'x' }]) {
      const token = await plain.token(claims)
      const finding = await judged(PLAIN, token)
      expect(finding?.status).toBe(Object.keys(claims).length === 0 ? 'ok' : 'error')
      for (const part of token.split('.')) expect(JSON.stringify(finding)).not.toContain(part)
    }
  })

  test('cannot be judged while no issuer is configured, and is not called needless', async () => {
    expect(await judged({}, await plain.token())).toMatchObject({
      status: 'warning',
      detail: 'it cannot be judged: no issuer is configured',
      fix: 'datacline doctor settings',
    })
  })

  test('is not needed while authentication is off', async () => {
    const finding = await judged({ AUTH_ENABLED: 'false' }, await plain.token())
    expect(finding).toMatchObject({ status: 'ok' })
  })
})

describe('an issuer', () => {
  test('whose keys cannot be had is told with every address that was tried', async () => {
    const finding = await first('issuer', {
      directory: await directoryWith(),
      environment: { KEYCLOAK_URL: 'http://127.0.0.1:9' },
    })
    expect(finding).toMatchObject({
      status: 'error',
      where: 'http://127.0.0.1:9/realms/mcp-gateway',
      fix: 'curl -i http://127.0.0.1:9/realms/mcp-gateway/.well-known/openid-configuration',
    })
    expect(finding?.facts).toHaveLength(3)
  })

  test('without a single key is one whose keys cannot be had', async () => {
    const empty = await startIssuer({ keys: [await anyKey()] })
    closing.push(empty.close)
    empty.trouble({ body: '{"keys":[]}' })
    const finding = await first('issuer', {
      directory: await directoryWith(),
      environment: { JWT_ISSUER: empty.issuer },
    })
    expect(finding).toMatchObject({ status: 'error' })
    expect(finding?.facts?.join()).toContain('holds no public key')
  })

  const anyKey = async () => plain.key((await plain.token().then(headerOf)).kid)
  const headerOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
})

describe('files', () => {
  test('that hold secrets and can be read by others are found, and mended', async () => {
    const directory = await directoryWith({
      '.env': 'API_TOKEN=abc\n',
      'mcp_servers.yaml':
        'servers:\n  a:\n    url: http://127.0.0.1:9/\n    auth: { credential: s3cr3t-value }\n',
    })
    const scene = sceneOf({ directory })
    for (const name of ['.env', 'mcp_servers.yaml']) chmodSync(join(directory, name), 0o644)
    const findings = await examine(['secrets'], scene)
    expect(findings.map(({ status, where, fix }) => ({ status, where, fix }))).toEqual([
      {
        status: 'error',
        where: 'mcp_servers.yaml',
        fix: `chmod go-rwx ${join(directory, 'mcp_servers.yaml')}`,
      },
      { status: 'error', where: '.env', fix: `chmod go-rwx ${join(directory, '.env')}` },
    ])
    expect(findings.map(({ mend }) => mend?.())).toEqual([
      'chmod go-rwx mcp_servers.yaml',
      'chmod go-rwx .env',
    ])
    expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600)
    expect(await examine(['secrets'], scene)).toMatchObject([{ status: 'ok' }])
  })

  test('that others can change are a warning', async () => {
    const directory = await directoryWith({ 'policies/policy.yaml': 'default_policy: deny\n' })
    const scene = sceneOf({ directory })
    chmodSync(join(directory, 'policies/policy.yaml'), 0o666)
    expect(await examine(['secrets'], scene)).toMatchObject([
      { status: 'warning', where: 'policies/policy.yaml' },
    ])
  })
})

describe('servers', () => {
  test('that do not answer are found, each with its place', async () => {
    const directory = await directoryWith({
      'mcp_servers.yaml':
        'servers:\n  dead:\n    url: http://127.0.0.1:9/mcp\n  gone:\n    type: stdio\n    command: /no/such/program\n  off:\n    url: http://127.0.0.1:9/\n    enabled: false\n',
    })
    expect(await found('upstreams', { directory })).toMatchObject([
      {
        status: 'error',
        detail: expect.stringContaining('dead does not answer'),
        where: 'http://127.0.0.1:9 (mcp_servers.yaml:2)',
        fix: 'datacline servers disable dead',
      },
      { status: 'error', where: 'mcp_servers.yaml:4' },
    ])
  })

  test('over plain http to another machine are a warning, also while they do not answer', async () => {
    const url = 'http://0.0.0.0:9/mcp'
    const directory = await directoryWith({
      'mcp_servers.yaml': `servers:\n  far:\n    url: ${url}\n`,
    })
    expect(await found('upstreams', { directory })).toMatchObject([
      { status: 'error' },
      {
        status: 'warning',
        where: 'mcp_servers.yaml:2',
        detail: expect.stringContaining('plain http'),
      },
    ])
  })

  test('that take a call and say nothing are given up', async () => {
    const stalled = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
    closing.push(() => stalled.stop(true))
    const directory = await directoryWith({
      'mcp_servers.yaml': `servers:\n  mute:\n    url: http://127.0.0.1:${stalled.port}/mcp\n    timeout: 0.2\n`,
    })
    expect(await found('upstreams', { directory })).toMatchObject([
      { status: 'error', detail: expect.stringContaining('mute does not answer') },
    ])
  })

  test('without a file are the demo only, which is a warning', async () => {
    const directory = await directoryWith()
    expect(await found('servers', { directory })).toMatchObject([
      {
        status: 'warning',
        detail: expect.stringContaining('embedded demo server'),
        fix: expect.stringMatching(/^datacline register-mcp /),
      },
    ])
  })

  test('of a broken file are told with file, line and column', async () => {
    const directory = await directoryWith({ 'mcp_servers.yaml': 'servers:\n  a:\n    urll: x\n' })
    const [finding] = await found('servers', { directory })
    expect(finding).toMatchObject({
      status: 'error',
      where: 'mcp_servers.yaml:3:5',
      fix: `"\${EDITOR:-vi}" +3 ${join(directory, 'mcp_servers.yaml')}`,
    })
    expect(finding?.detail).toContain('did you mean "url"?')
  })
})

describe('a policy', () => {
  test('that is broken is told with file, line and column', async () => {
    const directory = await directoryWith({
      'policies/policy.yaml':
        'rules:\n  - name: x\n    condition: { tool: a }\n    action: block\n',
    })
    expect(await found('policy', { directory })).toMatchObject([
      { status: 'error', where: expect.stringMatching(/^policies\/policy\.yaml:4:\d+$/) },
    ])
  })

  test('that is not there is a warning', async () => {
    const directory = await directoryWith()
    expect(await found('policy', { directory })).toMatchObject([
      { status: 'warning', detail: expect.stringContaining('every operation is denied') },
    ])
  })
})

describe('the state directory', () => {
  test('on a full disk is an error, on one that is nearly full a warning', async () => {
    const directory = await directoryWith()
    const at = (bytes: number, files = 1_000) =>
      found('state', { directory, freeSpace: () => ({ bytes, files }) })
    expect(await at(4096)).toMatchObject([
      { status: 'error', where: directory, detail: expect.stringContaining('full (0 MiB') },
    ])
    expect(await at(10 ** 12, 0)).toMatchObject([{ status: 'error', fix: `df -i ${directory}` }])
    expect(await at(2e8)).toMatchObject([{ status: 'warning', fix: `df -h ${directory}` }])
  })

  test('that no gateway would use is an error', async () => {
    const file = await directoryWith({ '.datacline': 'a file' })
    expect(await found('state', { directory: file })).toMatchObject([
      { status: 'error', detail: expect.stringContaining('is not a directory') },
    ])
    const link = await directoryWith()
    symlinkSync(file, join(link, '.datacline'))
    expect(await found('state', { directory: link })).toMatchObject([
      { status: 'error', detail: expect.stringContaining('is a symbolic link') },
    ])
  })

  test.skipIf(process.getuid?.() === 0)('that cannot be written is an error', async () => {
    const directory = await directoryWith()
    mkdirSync(join(directory, '.datacline'), { mode: 0o500 })
    expect(await found('state', { directory })).toMatchObject([
      { status: 'error', fix: `chmod u+rwx ${join(directory, '.datacline')}` },
    ])
  })

  test('that is not there yet is well, and is made when asked', async () => {
    const directory = await directoryWith()
    const [finding] = await found('state', { directory })
    expect(finding).toMatchObject({ status: 'ok' })
    finding?.mend?.()
    expect(statSync(join(directory, '.datacline')).mode & 0o777).toBe(0o700)
  })

  test('with what a killed gateway left of its lock is told, and the lock is cleared', async () => {
    const directory = await directoryWith()
    const state = join(directory, '.datacline')
    const holder = resolve(import.meta.dir, '../../state/hold-lock.ts')
    const child = Bun.spawn([process.execPath, holder, state])
    closing.push(() => child.kill('SIGKILL'))
    await child.stdout.getReader().read()
    expect(await found('lock', { directory })).toMatchObject([
      { status: 'ok', detail: expect.stringContaining(`pid ${child.pid}`) },
    ])
    child.kill('SIGKILL')
    await child.exited
    const [finding] = await found('lock', { directory })
    expect(finding).toMatchObject({ status: 'warning', fix: 'datacline doctor --fix' })
    expect(finding?.detail).toContain(`pid ${child.pid}`)
    finding?.mend?.()
    expect(await found('lock', { directory })).toMatchObject([
      { status: 'ok', detail: 'no gateway runs from this directory' },
    ])
  }, 20_000)
})

describe('the clock', () => {
  const HOUR = 3_600_000
  test.each([
    ['ahead of', HOUR],
    ['behind', -HOUR],
  ])('that is %s that of the issuer is told', async (words, offset) => {
    const finding = await first('clock', {
      directory: await directoryWith(),
      environment: PLAIN,
      now: () => Date.now() + offset,
    })
    expect(finding).toMatchObject({
      status: 'error',
      detail: expect.stringMatching(
        new RegExp(`this clock is 3(?:59|60)[0-9] s ${words} that of the issuer`),
      ),
    })
  })

  test('that disagrees with the gateway is told', async () => {
    const gateway = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response('', { headers: { date: new Date(0).toUTCString() } }),
    })
    closing.push(() => gateway.stop(true))
    const finding = await first('clock', {
      directory: await directoryWith(),
      gatewayUrl: gateway.url.origin,
    })
    expect(finding).toMatchObject({ status: 'error', where: gateway.url.origin })
  })

  /** As Keycloak answers by itself: without a date. */
  const undated = (async (...asked: Parameters<typeof fetch>) => {
    const { body, status } = await fetch(...asked)
    return new Response(body, { status, headers: { 'content-type': 'application/json' } })
  }) as typeof fetch

  test('is told by a token where the issuer tells no time', async () => {
    const token = await plain.token()
    const look = async (now: () => number, given: string | undefined) =>
      first('clock', {
        directory: await directoryWith(),
        environment: PLAIN,
        fetch: undated,
        now,
        ...(given !== undefined && { token: given }),
      })
    expect(await look(Date.now, undefined)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('a fresh token does: datacline doctor clock --token-file'),
    })
    expect(await look(Date.now, token)).toMatchObject({ status: 'ok', where: '--token' })
    expect(await look(() => Date.now() - HOUR, token)).toMatchObject({
      status: 'error',
      detail: expect.stringMatching(/at least 3(?:59|60)[0-9] s behind/),
    })
    // What nobody signed proves nothing.
    expect(await look(() => Date.now() - HOUR, `${token}x`)).toMatchObject({ status: 'ok' })
  })

  test('that agrees is well', async () => {
    const finding = await first('clock', { directory: await directoryWith(), environment: PLAIN })
    expect(finding).toMatchObject({ status: 'ok', detail: 'agrees with that of the issuer' })
  })
})

describe('the port', () => {
  test('that is taken is told with who has it', async () => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('') })
    closing.push(() => other.stop(true))
    const finding = await first('port', {
      directory: await directoryWith(),
      environment: { PORT: `${other.port}` },
    })
    expect(finding).toMatchObject({
      status: 'error',
      where: `127.0.0.1:${other.port}`,
      fix: 'datacline serve --port 0',
    })
    if (process.platform === 'linux') {
      expect(finding?.detail).toContain(`the port is taken by pid ${process.pid} (`)
    }
  })
})

test('a check that does not end is given up, and one that breaks is told', async () => {
  const stalled = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  closing.push(() => stalled.stop(true))
  const environment = { JWT_ISSUER: `http://127.0.0.1:${stalled.port}` }
  const scene = sceneOf({ directory: await directoryWith(), environment })
  expect(await examine(['clock'], scene, 50)).toMatchObject([
    { id: 'clock', status: 'error', detail: 'not over after 0.05 s' },
  ])
  const broken = () => {
    throw new Error('no such thing')
  }
  expect(await examine(['lock'], { ...scene, lock: broken })).toMatchObject([
    { status: 'error', detail: 'could not be checked: no such thing' },
  ])
})
