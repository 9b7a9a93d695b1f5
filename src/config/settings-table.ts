import { isIP } from 'node:net'
import { Type as t } from '@sinclair/typebox'
import { databaseUrlProblem } from './database-url.ts'
import { operatorUrlProblem } from './operator-url.ts'
import { type SettingValue, setting } from './setting.ts'

const bool = t.Boolean({ errorMessage: 'true or false' })
const text = t.String({ minLength: 1, pattern: '^[^\\x00-\\x1f\\x7f]+$', errorMessage: 'text' })
const list = t.Array(text, { minItems: 1, errorMessage: 'a list with commas' })
/** setTimeout takes no more than 24.8 days and fires at once beyond, so a day is the most. */
const seconds = t.Number({
  exclusiveMinimum: 0,
  maximum: 86_400,
  errorMessage: 'seconds above 0, at most 86400',
})
const algorithm = t.Union(
  (
    'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ') as string[]
  ).map((name) => t.Literal(name)),
  { errorMessage: 'an asymmetric algorithm such as RS256, PS256, ES256 or EdDSA' },
)

const isOrigin = (origin: string) => URL.parse(origin)?.origin === origin
const isHost = (host: string) => /^[A-Za-z0-9._-]+$/.test(host) || isIP(host) === 6
const isHostWithPort = (host: string) =>
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(host)

const publicUrlProblem = (url: string) =>
  operatorUrlProblem(url) ??
  (/[?#]/.test(url) ? 'expected a URL without a query or a fragment' : undefined)

/**
 * Every setting of the gateway. Seconds are seconds here, as operators write them. Messages, `config
 * show` and documentation are made from this table, and `.env.example` is tested against it.
 */
export const settingsTable = {
  host: setting({
    variable: 'HOST',
    flag: '--host',
    schema: text,
    default: '127.0.0.1',
    help: 'Address to listen on. 0.0.0.0 listens on every interface.',
    problem: (host) =>
      isHost(host) ? undefined : 'expected a host name or an address, without a port',
  }),
  port: setting({
    variable: 'PORT',
    flag: '--port',
    schema: t.Integer({
      minimum: 0,
      maximum: 65_535,
      errorMessage: 'a whole number from 0 to 65535',
    }),
    default: 8000,
    help: 'Port to listen on; 0 takes a free one.',
  }),
  publicUrl: setting({
    variable: 'PUBLIC_URL',
    schema: list,
    default: undefined,
    help: 'How clients reach the gateway from outside, such as https://mcp.example.com; several with commas.',
    problem: publicUrlProblem,
  }),
  allowedHosts: setting({
    variable: 'ALLOWED_HOSTS',
    schema: list,
    default: undefined,
    help: 'Further values of the Host header that are ours, besides loopback and PUBLIC_URL.',
    problem: (host) =>
      isHostWithPort(host) ? undefined : 'expected hosts, each as name or name:port',
  }),
  allowedOrigins: setting({
    variable: 'ALLOWED_ORIGINS',
    schema: list,
    default: undefined,
    help: 'Web origins that may call the gateway, such as https://app.example.com. None by default.',
    problem: (origin) =>
      isOrigin(origin) ? undefined : 'expected origins, each as https://host or https://host:port',
  }),
  maxBodyBytes: setting({
    variable: 'MAX_BODY_BYTES',
    schema: t.Integer({
      minimum: 1024,
      maximum: 1_073_741_824,
      errorMessage: 'bytes from 1024 to 1073741824',
    }),
    default: 4_194_304,
    help: 'Largest request body, in bytes.',
  }),
  authEnabled: setting({
    variable: 'AUTH_ENABLED',
    flag: '--auth',
    schema: bool,
    default: true,
    help: 'Whether callers must present a token. false is for development on this machine.',
  }),
  noAuthNetwork: setting({
    flag: '--no-auth-network',
    schema: bool,
    default: false,
    help: 'Serve other machines without authentication. A flag only: it must not linger in a file.',
  }),
  keycloakUrl: setting({
    variable: 'KEYCLOAK_URL',
    schema: text,
    default: undefined,
    help: 'Base URL of Keycloak. The issuer is {KEYCLOAK_URL}/realms/{KEYCLOAK_REALM}.',
    problem: operatorUrlProblem,
  }),
  keycloakRealm: setting({
    variable: 'KEYCLOAK_REALM',
    schema: text,
    default: 'mcp-gateway',
    help: 'Realm of Keycloak.',
  }),
  keycloakClientId: setting({
    variable: 'KEYCLOAK_CLIENT_ID',
    schema: text,
    default: 'mcp-gateway-client',
    help: 'Our client in Keycloak: its stock tokens are accepted, and its client roles count.',
  }),
  jwtIssuer: setting({
    variable: 'JWT_ISSUER',
    schema: text,
    default: undefined,
    help: 'Issuer of the tokens, exactly as in their iss claim. By default made from KEYCLOAK_URL.',
    problem: operatorUrlProblem,
  }),
  jwksUrl: setting({
    variable: 'JWKS_URL',
    schema: text,
    default: undefined,
    help: "Where the issuer's keys are. By default found through the issuer's metadata.",
    problem: operatorUrlProblem,
  }),
  jwtAudience: setting({
    variable: 'JWT_AUDIENCE',
    schema: list,
    default: undefined,
    help: 'Accepted audiences, with commas; strict when set. By default the URLs of the gateway and mcp-gateway.',
  }),
  jwtAlgorithm: setting({
    variable: 'JWT_ALGORITHM',
    schema: t.Array(algorithm, { minItems: 1, errorMessage: 'a list with commas' }),
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    help: 'Accepted signature algorithms, with commas; asymmetric ones only.',
  }),
  tokenCacheTtl: setting({
    variable: 'TOKEN_CACHE_TTL',
    schema: t.Number({ minimum: 0, maximum: 86_400, errorMessage: 'seconds from 0 to 86400' }),
    default: 300,
    help: 'Seconds for which a verified token is remembered, never beyond its expiry; 0 for not at all.',
  }),
  policyFile: setting({
    variable: 'POLICY_FILE',
    schema: text,
    default: 'policies/policy.yaml',
    help: 'The policy: roles, user_roles, rules and default_policy.',
    path: true,
  }),
  mcpServersConfig: setting({
    variable: 'MCP_SERVERS_CONFIG',
    schema: text,
    default: 'mcp_servers.yaml',
    help: 'The MCP servers behind the gateway.',
    path: true,
  }),
  proxyTimeout: setting({
    variable: 'PROXY_TIMEOUT',
    schema: seconds,
    default: 60,
    help: 'Seconds without a sign of life after which a call is given up, for servers without timeout:.',
  }),
  demo: setting({
    flag: '--demo',
    schema: bool,
    default: false,
    help: 'Also serve the embedded demo server.',
  }),
  auditLogFile: setting({
    variable: 'AUDIT_LOG_FILE',
    schema: text,
    default: 'audit.json',
    help: 'One JSON line per operation.',
    path: true,
  }),
  auditToStdout: setting({
    variable: 'AUDIT_TO_STDOUT',
    schema: bool,
    default: true,
    help: 'One JSON line per operation on standard output, unless it is a terminal.',
  }),
  databaseUrl: setting({
    variable: 'DATABASE_URL',
    schema: text,
    default: undefined,
    help: 'The record, as sqlite:///FILE. By default a file in the state directory.',
    secret: true,
    problem: databaseUrlProblem,
  }),
} as const

export type SettingName = keyof typeof settingsTable

export type SettingValues = Readonly<{
  [Name in SettingName]: SettingValue<(typeof settingsTable)[Name]>
}>

/** Variables and flags of the original that are accepted and do nothing here, and what to know instead. */
export const withoutEffect: ReadonlyMap<string, string> = new Map([
  ['--reload', 'configuration is always watched'],
  ['CASBIN_MODEL', 'the model is built in'],
  ['CASBIN_POLICY', 'permissions and rules are in POLICY_FILE'],
  ['MCP_AUTH_ENABLED', 'every door follows AUTH_ENABLED'],
  ['MCP_OAUTH_CLIENT_ID', 'the gateway verifies tokens by itself'],
  ['MCP_OAUTH_CLIENT_SECRET', 'the gateway verifies tokens by itself'],
  ['MCP_REQUIRED_SCOPES', 'what a caller may do is in POLICY_FILE'],
  ['MCP_RESOURCE_SERVER_URL', "set PUBLIC_URL to the gateway's address from outside"],
])

/** `DATACLINE_*` variables that belong to the command line, not to the gateway. */
export const commandLineVariables: readonly string[] =
  'ASCII CONFIG GATEWAY LOCAL LOG NO_INPUT OUTPUT PROFILE TIMEOUT TOKEN TOKEN_FILE TRACE'
    .split(' ')
    .map((name) => `DATACLINE_${name}`)
