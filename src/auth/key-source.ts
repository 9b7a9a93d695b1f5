import { isObject } from '../core/json-rpc.ts'
import { parseStrictJson } from '../lib/strict-json.ts'

export type KeySourceOptions = Readonly<{
  issuer: string
  /** JWKS_URL: used alone when set. */
  jwksUrl: string | undefined
  /** Keycloak's certs path, for when discovery does not answer. */
  certsUrl: string | undefined
  read: (url: string) => Promise<string>
}>

type Locate = () => Promise<string>

/**
 * Finds the issuer's key set and reads it: JWKS_URL, else the issuer's discovery document, else the
 * certs path. What worked is asked first the next time.
 *
 * @returns a function giving the text of the key set
 * @throws (from that function) Error naming each address that was tried and what came of it
 */
export const createKeySource = (options: KeySourceOptions): (() => Promise<string>) => {
  const { read } = options
  const locators = locatorsOf(options)
  let known: string | undefined

  const readFrom = async (locate: Locate): Promise<string> => {
    const url = await locate()
    const text = await naming(url, () => read(url))
    known = url
    return text
  }

  return async () => {
    const remembered = known
    const problems = new Set<string>()
    for (const locate of remembered === undefined
      ? locators
      : [async () => remembered, ...locators]) {
      try {
        return await readFrom(locate)
      } catch (cause) {
        problems.add(sentence(cause))
      }
    }
    throw new Error([...problems].join('; '))
  }
}

/**
 * Where an issuer describes itself: OpenID Connect Discovery 1.0 §4 appends to the issuer's path,
 * RFC 8414 §3.1 inserts before it.
 */
export const discoveryUrls = (issuer: string): readonly string[] => {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

const locatorsOf = ({ issuer, jwksUrl, certsUrl, read }: KeySourceOptions): readonly Locate[] => {
  if (jwksUrl !== undefined) return [async () => jwksUrl]
  const discoveries = discoveryUrls(issuer).map(
    (url) => () => naming(url, async () => keysUrlOf(await read(url), issuer)),
  )
  return certsUrl === undefined ? discoveries : [...discoveries, async () => certsUrl]
}

/**
 * The key set's address in a discovery document (RFC 8414 §3.3: its issuer must be ours, to the
 * letter). It comes from the network, so it is held to https or to the issuer's own origin.
 */
const keysUrlOf = (text: string, issuer: string): string => {
  const document = parseStrictJson(text, { maxDepth: 16 })
  if (!isObject(document) || document.issuer !== issuer) {
    throw new Error(`describes another issuer than ${issuer}`)
  }
  const address = document.jwks_uri
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) throw new Error('names no jwks_uri')
  if (url.protocol !== 'https:' && url.origin !== new URL(issuer).origin) {
    throw new Error('names a jwks_uri that is neither https nor of the same origin')
  }
  return url.href
}

const naming = async <T>(url: string, attempt: () => Promise<T>): Promise<T> => {
  try {
    return await attempt()
  } catch (cause) {
    const { origin, pathname } = new URL(url)
    throw new Error(`${origin}${pathname} ${sentence(cause)}`, { cause })
  }
}

const sentence = (cause: unknown): string =>
  cause instanceof Error ? cause.message : 'failed for an unknown reason'
