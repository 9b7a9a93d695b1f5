import { createAnonymousAuthenticator } from '../auth/anonymous.ts'
import { type Authenticate, createAuthenticator } from '../auth/authenticator.ts'
import { challenge } from '../auth/challenge.ts'
import { createKeySet, type KeySet } from '../auth/jwks.ts'
import { createJwtAuthenticator } from '../auth/jwt.ts'
import { isKeycloakIssuer, keycloakCertsUrl, keycloakIssuer } from '../auth/keycloak.ts'
import { protectedResourceMetadata, protectedResourceMetadataUrl } from '../auth/metadata.ts'
import type { SettingValues } from '../config/settings-table.ts'
import type { PartState } from '../http/house.ts'

/** Who callers are, and what they are told when nobody knows. */
export type Identity = Readonly<{
  authenticate: Authenticate
  challenger: (request: Request) => (presented: boolean) => string
  resourceMetadata: (request: Request, path: string) => Readonly<Record<string, unknown>>
  readiness: () => PartState
  /** What callers from elsewhere must present under `--no-auth`. */
  developmentToken: string | undefined
}>

export type IdentityOptions = Readonly<{
  values: SettingValues
  operatorToken: string
  /** Fresh and unguessable; used only under `--no-auth`. */
  developmentToken: string
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds, monotonic. */
  tick: () => number
}>

/** Joins the authenticators that the settings ask for. */
export const createIdentity = (options: IdentityOptions): Identity => {
  const { values, operatorToken } = options
  const issuer = issuerOf(values)
  const address = (request: Request, path: string) => publicBase(values, request) + path
  if (!values.authEnabled || issuer === undefined) {
    const developmentToken = values.noAuthNetwork ? undefined : options.developmentToken
    const identity = createAnonymousAuthenticator({ developmentToken, open: values.noAuthNetwork })
    return {
      authenticate: createAuthenticator({ operator: operatorToken, identity }),
      challenger: () => (presented) => challenge({ presented }, { resourceMetadata: undefined }),
      resourceMetadata: (request, path) => ({ resource: address(request, path) }),
      readiness: () => 'ok',
      developmentToken,
    }
  }
  const keys = keySet(options, issuer)
  const identity = createJwtAuthenticator({
    ...tokenRules(values, issuer),
    keys,
    now: options.now,
    cacheSeconds: values.tokenCacheTtl,
  })
  return {
    authenticate: createAuthenticator({ operator: operatorToken, identity }),
    challenger: (request) => (presented) =>
      challenge(
        { presented },
        { resourceMetadata: metadataUrl(address(request, pathOf(request))) },
      ),
    resourceMetadata: (request, path) =>
      protectedResourceMetadata({
        resource: address(request, path),
        issuer,
        resourceName: 'datacline',
      }),
    readiness: () => KEY_READINESS[keys.status().state],
    developmentToken: undefined,
  }
}

const KEY_READINESS = { unknown: 'down', up: 'ok', stale: 'degraded', down: 'down' } as const

/** The issuer of the tokens; undefined when none is configured. */
export const issuerOf = ({ jwtIssuer, keycloakUrl, keycloakRealm }: SettingValues) =>
  jwtIssuer ?? (keycloakUrl && keycloakIssuer(keycloakUrl, keycloakRealm))

/** What the settings demand of a token of the issuer. */
export const tokenRules = (values: SettingValues, issuer: string) => ({
  issuer,
  audiences: audiencesOf(values),
  strictAudience: values.jwtAudience !== undefined,
  keycloak: values.keycloakUrl !== undefined || isKeycloakIssuer(issuer),
  clientId: values.keycloakClientId,
  ...(values.jwtAlgorithm !== undefined && { algorithms: values.jwtAlgorithm }),
})

/** Where the settings say that the issuer's keys are. */
export const keyPlaces = (
  { keycloakUrl, keycloakRealm, jwksUrl }: SettingValues,
  issuer: string,
) => ({
  issuer,
  jwksUrl,
  certsUrl: keycloakUrl && keycloakCertsUrl(keycloakUrl, keycloakRealm),
})

const keySet = ({ values, fetch, tick }: IdentityOptions, issuer: string): KeySet => {
  const keys = createKeySet({ ...keyPlaces(values, issuer), fetch, tick })
  // The first caller should not have to wait for the keys.
  void keys.refresh()
  return keys
}

/** Without JWT_AUDIENCE: the gateway's own addresses and the name that the original's realm uses. */
const audiencesOf = ({ jwtAudience, publicUrl, port }: SettingValues): readonly string[] => {
  if (jwtAudience !== undefined) return jwtAudience
  const bases = publicUrl ?? [`http://localhost:${port}`, `http://127.0.0.1:${port}`]
  return ['mcp-gateway', ...bases.flatMap((base) => [base, `${base}/mcp`])]
}

/** The address that the caller used: PUBLIC_URL when its host matches, else the Host, which the guard checked. */
const publicBase = ({ publicUrl }: SettingValues, request: Request): string => {
  const host = request.headers.get('host') ?? 'localhost'
  const known = publicUrl?.find((url) => URL.parse(url)?.host === host.toLowerCase())
  return (known ?? publicUrl?.[0] ?? `http://${host}`).replace(/\/+$/, '')
}

/** The path of the protected resource; every REST route belongs to the gateway as a whole. */
const pathOf = (request: Request): string =>
  /^\w+:\/\/[^/?#]*((?:\/(?:servers|groups)\/[^/?#]+)?\/mcp)(?=[?#]|$)/.exec(request.url)?.[1] ?? ''

const metadataUrl = (resource: string): string | undefined =>
  URL.canParse(resource) ? protectedResourceMetadataUrl(resource) : undefined
