import { afterAll, expect, test } from 'bun:test'
import { createKeySet } from '../../src/auth/jwks.ts'
import { createJwtAuthenticator } from '../../src/auth/jwt.ts'
import type { Principal } from '../../src/core/principal.ts'
import { startDemoIssuer } from '../../src/demo/issuer.ts'

const issuer = await startDemoIssuer(Date.now)
afterAll(() => issuer.close())

const authenticate = createJwtAuthenticator({
  issuer: issuer.url,
  audiences: ['mcp-gateway'],
  strictAudience: true,
  keycloak: false,
  clientId: 'mcp-gateway-client',
  keys: createKeySet({ issuer: issuer.url, fetch, tick: () => performance.now() }),
  now: Date.now,
})
const present = async (token: string): Promise<Principal> =>
  authenticate(`Bearer ${token}`, { address: undefined, local: true })

const DANA = { name: 'dana', email: 'dana@example.com' }

test('the gateway accepts the tokens of the demo as those of any issuer', async () => {
  expect(await present(await issuer.token(DANA))).toMatchObject({
    issuer: issuer.url,
    subject: 'demo-dana',
    username: 'dana',
    verifiedEmail: 'dana@example.com',
  })
})

test('an expired token is expired, and one of another run is of nobody known', async () => {
  await expect(present(await issuer.token(DANA, 'expired'))).rejects.toMatchObject({
    reason: 'expired',
  })
  const other = await startDemoIssuer(Date.now)
  const foreign = await other.token(DANA)
  await other.close()
  await expect(present(foreign)).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('a lasting token is good for longer than the demo is watched', async () => {
  const payload = (await issuer.token(DANA, 'lasting')).split('.')[1] ?? ''
  const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    iat: number
    exp: number
  }
  expect(exp - iat).toBe(24 * 60 * 60)
  expect(await present(await issuer.token(DANA, 'lasting'))).toMatchObject({ username: 'dana' })
})

test('over the network there is a public key and nothing else', async () => {
  const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: object[] }
  expect(keys.map((key) => Object.keys(key).sort())).toEqual([
    ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
  ])
  expect((await fetch(`${issuer.url}/token`)).status).toBe(404)
})
