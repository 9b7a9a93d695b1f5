import { buildRequest } from '../../src/core/json-rpc.ts'
import {
  type METHODS,
  type Operation,
  toBareOperation,
  toOperation,
} from '../../src/core/operation.ts'
import { localPrincipal, type Principal } from '../../src/core/principal.ts'
import { createDecisionPoint, type DecisionOptions } from '../../src/policy/decision-point.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'

/** A principal of a token; a name with `@` is also its verified email. */
export const person = (username: string, claims: Partial<Principal> = {}): Principal => ({
  ...localPrincipal(username, 'local-developer'),
  issuer: 'https://id.example.com/realms/test',
  subject: `subject-of-${username}`,
  builtInRole: undefined,
  verifiedEmail: username.includes('@') ? username : undefined,
  ...claims,
})

export const anonymous = localPrincipal('anonymous', 'local-developer')
export const operator = localPrincipal('operator', 'local-operator')

export const call = (server: string, name: string): Operation =>
  toOperation(server, 'modern', buildRequest(1, 'tools/call', { name }))

export const method = (server: string, name: string, params = {}): Operation =>
  toOperation(server, 'modern', buildRequest(1, name, params))

export const list = (server: string): Operation => method(server, 'tools/list')

export const bare = (
  server: string,
  name: keyof typeof METHODS & `datacline/${string}`,
): Operation => toBareOperation(server, 'either', name)

export const pointOf = (text: string, options?: DecisionOptions) =>
  createDecisionPoint(loadPolicy(text, 'policy.yaml'), options)

/** The policy of the original's README. */
export const README_POLICY = `
roles:
  admin:
    permissions:
      - resource: "*"
        actions: ["*"]

  developer:
    permissions:
      - resource: "mcp:dev-server:*"
        actions: ["list_tools", "invoke_tool"]

  analyst:
    permissions:
      - resource: "mcp:*:read_only_tool"
        actions: ["invoke_tool"]

user_roles:
  admin@example.com:
    - admin
  dev@example.com:
    - developer
  analyst@example.com:
    - analyst

rules:
  - name: "Block dangerous tools in production"
    condition:
      mcp_server: "prod-server"
      tool_name_pattern: ".*delete.*|.*drop.*"
    action: deny
    priority: 100

default_policy: deny
`
