import { isReference, readReference } from './secret-reference.ts'
import type { ServerContext } from './server-context.ts'
import type { AuthBlock } from './servers-schema.ts'

/** The gateway's own credential for one server. */
export type Credential = Readonly<{
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  /** What must never be shown: the credential, and the form in which it travels. */
  secrets: readonly string[]
  notices: readonly string[]
}>

export const NO_CREDENTIAL: Credential = { headers: {}, secrets: [], notices: [] }

/**
 * The headers of an `auth:` block. A block that cannot be applied is a fault, never "no credential";
 * only a server that is switched off may wait for its secret.
 *
 * @throws YamlFault
 */
export const readCredential = (auth: AuthBlock, context: ServerContext): Credential => {
  refuseUnsupported(auth, context)
  const keys = CREDENTIAL_KEYS.filter((key) => auth[key] !== undefined)
  const [key, second] = keys
  if (second) throw context.fault(['auth', second], `there is already ${key}; one credential only`)
  if (auth.method === 'none') {
    if (key === undefined) return NO_CREDENTIAL
    throw context.fault(['auth', key], 'method none has no credential')
  }
  if (key === undefined) {
    throw context.fault(['auth'], 'needs credential_ref: env://NAME or file:///path')
  }
  const text = auth[key]
  if (typeof text !== 'string' || text === '') throw context.fault(['auth', key], 'expected text')
  const notices = unusedKeys(auth, context)
  if (key === 'credential_ref') return fromReference(auth, text, notices, context)
  if (isReference(text) || /^\$\{.*\}$/.test(text)) {
    const sentence =
      'a literal is sent as it stands; for a reference use credential_ref: env://NAME'
    throw context.fault(['auth', key], sentence)
  }
  const literal = 'the credential stands in the file; credential_ref: env://NAME keeps it out'
  return withHeaders(auth, key, text, [...notices, context.notice(['auth', key], literal)], context)
}

type CredentialKey = (typeof CREDENTIAL_KEYS)[number]
const CREDENTIAL_KEYS = ['credential_ref', 'credential_value', 'credential'] as const

const refuseUnsupported = ({ method, location }: AuthBlock, { fault }: ServerContext): void => {
  if (method === 'oauth2') {
    const sentence = 'oauth2 is not supported yet; use bearer with a token in credential_ref'
    throw fault(['auth', 'method'], sentence)
  }
  if (location === 'query' || location === 'body') {
    const sentence = `only header is supported; a credential in the ${location} would end up in logs`
    throw fault(['auth', 'location'], sentence)
  }
}

/** Keys that the original parsed and never used either. */
const unusedKeys = (auth: AuthBlock, { notice }: ServerContext): string[] =>
  (['tenant_scope', 'allowed_hosts'] as const)
    .filter((key) => auth[key] !== undefined)
    .map((key) =>
      notice(['auth', key], "has no effect; the credential goes to the server's url only"),
    )

const fromReference = (
  auth: AuthBlock,
  reference: string,
  notices: readonly string[],
  context: ServerContext,
): Credential => {
  const found = readReference(reference, context.readVariable)
  const path = ['auth', 'credential_ref']
  if ('problem' in found) throw context.fault(path, found.problem)
  if ('value' in found) return withHeaders(auth, 'credential_ref', found.value, notices, context)
  if (context.enabled) throw context.fault(path, found.unset)
  return { ...NO_CREDENTIAL, notices: [...notices, context.notice(path, found.unset)] }
}

const withHeaders = (
  auth: AuthBlock,
  key: CredentialKey,
  credential: string,
  notices: readonly string[],
  { fault }: ServerContext,
): Credential => {
  const name = (auth.name ?? 'Authorization').toLowerCase()
  if (!isOwnHeader(name))
    throw fault(['auth', 'name'], 'expected a header that a credential may use')
  const basic = auth.method === 'basic'
  if (basic && !credential.includes(':')) throw fault(['auth', key], 'expected user:password')
  const sent = basic ? Buffer.from(credential, 'utf8').toString('base64') : credential
  const template = auth.template ?? ''
  const format = auth.format ?? 'prefix'
  if (format === 'template' && !template.includes('{credential}')) {
    throw fault(['auth'], 'format template needs a template: with {credential} in it')
  }
  const header = {
    raw: sent,
    prefix: `${auth.prefix ?? (basic ? 'Basic ' : 'Bearer ')}${sent}`,
    template: template.replaceAll('{credential}', () => sent),
  }[format]
  if (!/^[\t\x20-\x7e]+$/.test(header)) {
    throw fault(['auth', key], 'a header cannot carry line breaks, control or non-ASCII characters')
  }
  return { headers: { [name]: header }, secrets: [...new Set([credential, sent])], notices }
}

/** RFC 9110 §5.6.2, without the headers by which the gateway itself speaks to a server. */
const isOwnHeader = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !GATEWAY_HEADERS.test(name)

const GATEWAY_HEADERS =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|accept|accept-encoding|mcp-.*|last-event-id|traceparent|tracestate)$/
