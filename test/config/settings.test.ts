import { describe, expect, test } from 'bun:test'
import { parseDotenv } from '../../src/config/dotenv.ts'
import {
  assertServable,
  describeSettings,
  type Flags,
  isExplicit,
  resolveSettings,
} from '../../src/config/settings.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'

type Given = { flags?: Flags; environment?: Record<string, string | undefined>; dotenv?: string }
const resolve = ({ flags = {}, environment = {}, dotenv = '' }: Given = {}) =>
  resolveSettings({ flags, environment, dotenv: parseDotenv(dotenv), directory: '/etc/gateway' })

describe('settings', () => {
  test('have the documented defaults', () => {
    const { values, origins, notices } = resolve()
    expect(values).toEqual({
      host: '127.0.0.1',
      port: 8000,
      publicUrl: undefined,
      allowedHosts: undefined,
      allowedOrigins: undefined,
      maxBodyBytes: 4 * 1024 * 1024,
      authEnabled: true,
      noAuthNetwork: false,
      keycloakUrl: undefined,
      keycloakRealm: 'mcp-gateway',
      keycloakClientId: 'mcp-gateway-client',
      jwtIssuer: undefined,
      jwksUrl: undefined,
      jwtAudience: undefined,
      jwtAlgorithm: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      tokenCacheTtl: 300,
      policyFile: '/etc/gateway/policies/policy.yaml',
      mcpServersConfig: '/etc/gateway/mcp_servers.yaml',
      proxyTimeout: 60,
      demo: false,
      auditLogFile: '/etc/gateway/audit.json',
      auditToStdout: true,
      databaseUrl: undefined,
    })
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
    expect(notices).toEqual([])
  })

  test('come from the flag, then the environment, then .env, and each says from where', () => {
    const environment = { HOST: 'b', PORT: '2' }
    const dotenv = '\nHOST=c\nPORT=3\nKEYCLOAK_REALM=c'
    const { values, origins } = resolve({ flags: { host: 'a' }, environment, dotenv })
    expect([values.host, values.port, values.keycloakRealm]).toEqual(['a', 2, 'c'])
    expect([origins.host, origins.port, origins.keycloakRealm, origins.demo]).toEqual([
      'flag',
      'environment',
      '.env:4',
      'default',
    ])
  })

  test('with DATACLINE_ before the name win over the plain name in the same place', () => {
    const dotenv = 'DATACLINE_HOST=d\nDATACLINE_KEYCLOAK_REALM=d\nKEYCLOAK_REALM=e'
    const { values } = resolve({
      environment: { DATACLINE_PORT: '1', PORT: '2', HOST: 'c' },
      dotenv,
    })
    expect([values.port, values.host, values.keycloakRealm]).toEqual([1, 'c', 'd'])
  })

  test('are read in any case, as the original did, the exact name first', () => {
    const { values } = resolve({ environment: { auth_enabled: 'false', port: '1', PORT: '2' } })
    expect([values.authEnabled, values.port]).toEqual([false, 2])
  })

  test('with an empty value are not set', () => {
    const { values } = resolve({
      environment: { PORT: '', HOST: ' ' },
      dotenv: 'PORT=3\nJWT_AUDIENCE=',
    })
    expect([values.port, values.host, values.jwtAudience]).toEqual([3, '127.0.0.1', undefined])
  })

  test('flaw F19: AUTH_ENABLED=false is honoured, and the flag wins over it', () => {
    const environment = { AUTH_ENABLED: 'false' }
    expect(resolve({ environment }).values.authEnabled).toBe(false)
    expect(resolve({ environment, flags: { authEnabled: true } }).values.authEnabled).toBe(true)
    expect(resolve({ flags: { authEnabled: false } }).values.authEnabled).toBe(false)
  })

  test('flaw F16: the audience is a list, and unset by default', () => {
    expect(resolve().values.jwtAudience).toBeUndefined()
    const dotenv = 'JWT_AUDIENCE= https://mcp.example.com/mcp , mcp-gateway,'
    expect(resolve({ dotenv }).values.jwtAudience).toEqual([
      'https://mcp.example.com/mcp',
      'mcp-gateway',
    ])
  })

  test('flaw F35: unknown names in .env and in the environment are harmless', () => {
    const { notices } = resolve({
      environment: { PATH: '/bin', GITHUB_MCP_PAT: 'x' },
      dotenv:
        'GITHUB_MCP_PAT=x\nKEYCLOAK_ADMIN=a\nKEYCLOAK_CLIENT_SECRET=s\nPUBLIC_KEY=k\nPOSTGRES_URL=p\nSERVER_PORT=1',
    })
    expect(notices).toEqual([])
  })

  test('a name of .env that looks like a mistyped setting is pointed out', () => {
    expect(resolve({ dotenv: 'JWT_AUDEINCE=a\nJWKS_URI=b' }).notices).toEqual([
      'JWT_AUDEINCE (.env:1): no such setting, ignored; did you mean JWT_AUDIENCE?',
      'JWKS_URI (.env:2): no such setting, ignored; did you mean JWKS_URL?',
    ])
  })

  test('what the original had and nothing here needs is accepted with a notice', () => {
    const { notices } = resolve({
      flags: { reload: true },
      environment: { CASBIN_MODEL: 'm.conf', MCP_REQUIRED_SCOPES: 'mcp:tools' },
      dotenv: 'CASBIN_POLICY=p.csv',
    })
    expect(notices).toEqual([
      '--reload does nothing: configuration is always watched',
      'CASBIN_MODEL does nothing: the model is built in',
      'CASBIN_POLICY does nothing: permissions and rules are in POLICY_FILE',
      'MCP_REQUIRED_SCOPES does nothing: what a caller may do is in POLICY_FILE',
    ])
  })

  test('the variables of the command line are no unknown settings', () => {
    const environment = { DATACLINE_TOKEN: 't', DATACLINE_GATEWAY: 'g', DATACLINE_CONFIG: '.' }
    expect(resolve({ environment }).notices).toEqual([])
  })

  test('are frozen, lists too', () => {
    const { values } = resolve()
    expect(() => Object.assign(values, { authEnabled: false })).toThrow(TypeError)
    expect(() => (values.jwtAlgorithm as string[]).push('HS256')).toThrow(TypeError)
  })

  test('a file that somebody names is explicit, one at its default place is not', () => {
    const settings = resolve({ environment: { POLICY_FILE: '/srv/p.yaml' } })
    expect(settings.values.policyFile).toBe('/srv/p.yaml')
    expect(isExplicit(settings, 'policyFile')).toBe(true)
    expect(isExplicit(settings, 'mcpServersConfig')).toBe(false)
  })

  test('can be described, secrets only as set', () => {
    const rows = describeSettings(resolve({ dotenv: 'DATABASE_URL=sqlite:///s3cret.db\nPORT=1' }))
    const row = (name: string) => rows.find((each) => each.name === name)
    expect(row('DATABASE_URL')).toMatchObject({ value: '(set)', origin: '.env:1' })
    expect(row('PORT')).toMatchObject({ value: 1, origin: '.env:2' })
    expect(row('--demo')).toMatchObject({ value: false, origin: 'default' })
  })
})

describe('booleans', () => {
  test.each(['true', 'TRUE', 'yes', 'on', '1', ' true '])('%p is true', (text) => {
    expect(resolve({ environment: { AUTH_ENABLED: text } }).values.authEnabled).toBe(true)
  })
  test.each(['false', 'False', 'no', 'off', '0'])('%p is false', (text) => {
    expect(resolve({ environment: { AUTH_ENABLED: text } }).values.authEnabled).toBe(false)
  })
})

describe('a setting that cannot be used is refused in one line', () => {
  const algorithm = 'an asymmetric algorithm such as RS256, PS256, ES256 or EdDSA'
  test.each<[string, string, string]>([
    ['AUTH_ENABLED', 'fasle', 'expected true or false, got "fasle"; did you mean "false"?'],
    ['AUTH_ENABLED', '2', 'expected true or false, got "2"'],
    ['AUDIT_TO_STDOUT', 'si', 'expected true or false, got "si"'],
    ['PORT', 'eighty', 'expected a whole number from 0 to 65535, got "eighty"'],
    ['PORT', '65536', 'expected a whole number from 0 to 65535, got 65536'],
    ['PORT', '-1', 'expected a whole number from 0 to 65535, got "-1"'],
    ['PORT', '80.5', 'expected a whole number from 0 to 65535, got 80.5'],
    ['HOST', 'http://localhost', 'expected a host name or an address, without a port'],
    ['HOST', 'localhost:8000', 'expected a host name or an address, without a port'],
    ['PROXY_TIMEOUT', '0', 'expected seconds above 0, at most 86400, got 0'],
    ['PROXY_TIMEOUT', '86401', 'expected seconds above 0, at most 86400, got 86401'],
    ['PROXY_TIMEOUT', '1m', 'expected seconds above 0, at most 86400, got "1m"'],
    ['TOKEN_CACHE_TTL', '-5', 'expected seconds from 0 to 86400, got "-5"'],
    ['MAX_BODY_BYTES', '4MiB', 'expected bytes from 1024 to 1073741824, got "4MiB"'],
    ['JWT_ALGORITHM', 'HS256', `expected ${algorithm}, got "HS256"; did you mean "RS256"?`],
    ['JWT_ALGORITHM', 'none', `expected ${algorithm}, got "none"`],
    ['JWT_ALGORITHM', 'RS256,HS512', `expected ${algorithm}, got "HS512"`],
    ['JWT_AUDIENCE', ',', 'expected a list with commas, got []'],
    ['KEYCLOAK_URL', 'localhost:8080', 'expected an http:// or https:// URL'],
    ['KEYCLOAK_URL', 'http://u:hunter2@k', 'a URL must not hold a user name or password'],
    ['JWKS_URL', 'file:///etc/keys', 'expected an http:// or https:// URL'],
    [
      'JWT_ISSUER',
      'http://169.254.169.254/',
      '169.254.169.254 is a link-local or metadata address',
    ],
    ['PUBLIC_URL', 'https://a,b', 'expected an http:// or https:// URL'],
    ['PUBLIC_URL', 'https://a?x=1', 'expected a URL without a query or a fragment'],
    ['ALLOWED_HOSTS', 'https://a', 'expected hosts, each as name or name:port'],
    ['ALLOWED_ORIGINS', '*', 'expected origins, each as https://host or https://host:port'],
    ['ALLOWED_ORIGINS', 'null', 'expected origins, each as https://host or https://host:port'],
    [
      'ALLOWED_ORIGINS',
      'https://a/',
      'expected origins, each as https://host or https://host:port',
    ],
    [
      'DATABASE_URL',
      'postgresql+psycopg2://user:hunter2@db/mcp',
      'postgresql servers are not supported yet; leave it unset to record in the state directory, or give sqlite:///FILE',
    ],
    ['DATABASE_URL', 'sqlite://', 'expected sqlite:///FILE; the record must be a file'],
    ['DATABASE_URL', 'sqlite:///:memory:', 'expected sqlite:///FILE; the record must be a file'],
    ['DATABASE_URL', 'redis://x', 'expected sqlite:///FILE'],
    ['DATACLINE_PROT', '1', 'no such setting; did you mean DATACLINE_PORT?'],
    ['DATACLINE_AUTH_ENABELD', '1', 'no such setting; did you mean DATACLINE_AUTH_ENABLED?'],
  ])('%s=%s', (name, text, sentence) => {
    expect(() => resolve({ environment: { [name]: text } })).toThrow(
      new SettingsFault(`${name} (environment): ${sentence}`),
    )
    expect(() => resolve({ dotenv: `\n${name}='${text}'` })).toThrow(
      new SettingsFault(`${name} (.env:2): ${sentence}`),
    )
  })

  test('a flag is named as it is typed', () => {
    expect(() => resolve({ flags: { port: 'x' } })).toThrow(
      new SettingsFault('--port (flag): expected a whole number from 0 to 65535, got "x"'),
    )
  })
})

describe('values that are fine', () => {
  test.each([
    ['HOST', '::1'],
    ['HOST', '0.0.0.0'],
    ['PORT', '0'],
    ['KEYCLOAK_URL', 'http://keycloak:8080'],
    ['ALLOWED_HOSTS', 'mcp.example.com, gateway:8443, [::1]:8000'],
    ['ALLOWED_ORIGINS', 'https://app.example.com,http://localhost:3000'],
    ['JWT_ALGORITHM', 'RS256'],
    ['DATABASE_URL', 'sqlite:///secure_mcp_gateway.db'],
    ['TOKEN_CACHE_TTL', '0'],
    ['PROXY_TIMEOUT', '0.5'],
  ])('%s=%s', (name, text) => {
    expect(() => resolve({ environment: { [name]: text } })).not.toThrow()
  })
})

describe('serve', () => {
  test('needs an issuer while authentication is on, and names the two ways out', () => {
    expect(() => assertServable(resolve())).toThrow(
      new SettingsFault(
        'authentication is on, but no issuer is configured: set KEYCLOAK_URL=http://localhost:8080 (or JWT_ISSUER), or start with --no-auth',
      ),
    )
    // Keys without an issuer would accept the tokens of anybody whose keys are the same (flaw F13).
    expect(() => assertServable(resolve({ environment: { JWKS_URL: 'http://k/certs' } }))).toThrow(
      'no issuer is configured',
    )
  })

  test.each<Given>([
    { environment: { KEYCLOAK_URL: 'http://localhost:8080' } },
    { environment: { JWT_ISSUER: 'https://issuer.example.com' } },
    { flags: { authEnabled: false } },
    { flags: { authEnabled: false, noAuthNetwork: true } },
  ])('starts with %p', (given) => {
    expect(() => assertServable(resolve(given))).not.toThrow()
  })

  test('does not open the network while authentication is on', () => {
    const given = { environment: { KEYCLOAK_URL: 'http://k' }, flags: { noAuthNetwork: true } }
    expect(() => assertServable(resolve(given))).toThrow(
      new SettingsFault('--no-auth-network: authentication is on; add --no-auth'),
    )
  })
})
