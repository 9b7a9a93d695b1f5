import { describe, expect, test } from 'bun:test'
import { createKeySource, discoveryUrls } from '../../src/auth/key-source.ts'

const ISSUER = 'https://id.example/realms/r'
const OPENID = 'https://id.example/realms/r/.well-known/openid-configuration'
const OAUTH = 'https://id.example/.well-known/oauth-authorization-server/realms/r'
const CERTS = 'https://id.example/realms/r/protocol/openid-connect/certs'
const KEYS = 'https://keys.example/jwks'

/** A key source over a small web of fixed documents, with what it asked for. */
const over = (
  web: Record<string, unknown>,
  options: { issuer?: string; jwksUrl?: string; certsUrl?: string } = {},
) => {
  const asked: string[] = []
  const load = createKeySource({
    issuer: ISSUER,
    jwksUrl: undefined,
    certsUrl: undefined,
    ...options,
    read: async (url) => {
      asked.push(url)
      const document = web[url]
      if (document === undefined) throw new Error('answered HTTP 404')
      return typeof document === 'string' ? document : JSON.stringify(document)
    },
  })
  return { asked, load }
}

describe('finding the keys of an issuer', () => {
  test('JWKS_URL is used alone', async () => {
    const { asked, load } = over({ [KEYS]: 'keys' }, { jwksUrl: KEYS, certsUrl: CERTS })
    expect(await load()).toBe('keys')
    expect(asked).toEqual([KEYS])
  })

  test('the discovery document names the key set, and is not read twice', async () => {
    const web = { [OPENID]: { issuer: ISSUER, jwks_uri: KEYS }, [KEYS]: 'keys' }
    const { asked, load } = over(web)
    expect(await load()).toBe('keys')
    expect(await load()).toBe('keys')
    expect(asked).toEqual([OPENID, KEYS, KEYS])
  })

  test('a key set that has moved is found again', async () => {
    const web: Record<string, unknown> = {
      [OPENID]: { issuer: ISSUER, jwks_uri: KEYS },
      [KEYS]: 'keys',
    }
    const { load } = over(web)
    await load()
    delete web[KEYS]
    web[OPENID] = { issuer: ISSUER, jwks_uri: `${KEYS}/2` }
    web[`${KEYS}/2`] = 'moved'
    expect(await load()).toBe('moved')
  })

  test('RFC 8414 metadata serves where OpenID discovery does not answer', async () => {
    const { load } = over({ [OAUTH]: { issuer: ISSUER, jwks_uri: KEYS }, [KEYS]: 'keys' })
    expect(await load()).toBe('keys')
  })

  test('the certs path serves where nothing is discovered', async () => {
    expect(await over({ [CERTS]: 'keys' }, { certsUrl: CERTS }).load()).toBe('keys')
  })

  test.each([
    ['another issuer', { issuer: `${ISSUER}/`, jwks_uri: KEYS }, 'describes another issuer'],
    ['no issuer', { jwks_uri: KEYS }, 'describes another issuer'],
    ['an array', [], 'describes another issuer'],
    ['no jwks_uri', { issuer: ISSUER }, 'names no jwks_uri'],
    ['an address that is none', { issuer: ISSUER, jwks_uri: 'keys' }, 'names no jwks_uri'],
    ['plain http', { issuer: ISSUER, jwks_uri: 'http://keys.example/' }, 'neither https nor'],
    ['metadata', { issuer: ISSUER, jwks_uri: 'http://169.254.169.254/' }, 'neither https nor'],
    ['a file', { issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }, 'neither https nor'],
    ['issuer twice', `{"issuer":"x","issuer":"${ISSUER}","jwks_uri":"${KEYS}"}`, 'duplicate key'],
  ])('a document with %s is not believed', async (_, document, problem) => {
    const { asked, load } = over({ [OPENID]: document, [KEYS]: 'keys' })
    await expect(load()).rejects.toThrow(`${OPENID} `)
    await expect(load()).rejects.toThrow(problem)
    expect(asked).not.toContain(KEYS)
  })

  test('plain http is fine on the origin of an issuer that the operator chose so', async () => {
    const issuer = 'http://keycloak:8080/realms/r'
    const certs = `${issuer}/certs`
    const web = {
      [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: certs },
      [certs]: 'keys',
    }
    expect(await over(web, { issuer }).load()).toBe('keys')
  })

  test('when nothing answers, each address is named once with what came of it', async () => {
    const { load } = over({}, { certsUrl: CERTS })
    await expect(load()).rejects.toThrow(
      [OPENID, OAUTH, CERTS].map((url) => `${url} answered HTTP 404`).join('; '),
    )
  })

  test('the well-known addresses follow the issuer, with or without a path', () => {
    expect(discoveryUrls(ISSUER)).toEqual([OPENID, OAUTH])
    expect(discoveryUrls('https://id.example/')).toEqual([
      'https://id.example/.well-known/openid-configuration',
      'https://id.example/.well-known/oauth-authorization-server',
    ])
  })
})
