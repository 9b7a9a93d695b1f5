import { type Static, Type as t } from '@sinclair/typebox'
import { GroupsBlock } from './groups.ts'

const closed = { additionalProperties: false }
const words = <const W extends readonly string[]>(...choices: W) =>
  t.Union(choices.map((choice) => t.Literal(choice as W[number])))
/** Later generations wrote such keys without a value. */
const label = t.Union([t.String(), t.Number(), t.Null()], { errorMessage: 'text' })

/** The `auth:` block of the second generation. Credentials are `unknown` so that no message shows one. */
export const AuthBlock = t.Object(
  {
    method: words('api_key', 'bearer', 'basic', 'oauth2', 'custom', 'none'),
    location: t.Optional(words('header', 'query', 'body')),
    name: t.Optional(t.String()),
    format: t.Optional(words('raw', 'prefix', 'template')),
    prefix: t.Optional(t.String()),
    template: t.Optional(t.String()),
    credential_ref: t.Optional(t.Unknown()),
    credential_value: t.Optional(t.Unknown()),
    credential: t.Optional(t.Unknown()),
    tenant_scope: t.Optional(t.Unknown()),
    allowed_hosts: t.Optional(t.Unknown()),
    metadata: t.Optional(t.Unknown()),
  },
  closed,
)
export type AuthBlock = Static<typeof AuthBlock>

const stdio = {
  command: t.Optional(t.String({ minLength: 1, errorMessage: 'the name or path of a program' })),
  args: t.Optional(t.Array(t.String({ errorMessage: 'text; put it in quotes' }))),
  env: t.Optional(
    t.Record(t.String(), t.Unknown(), { errorMessage: 'a mapping of names to text' }),
  ),
  cwd: t.Optional(t.String({ minLength: 1 })),
}

/** What starts a stdio server; the third generation kept it inside `metadata`, among other things. */
export const StdioBlock = t.Object(stdio)
export type StdioBlock = Static<typeof StdioBlock>

/** One entry of `servers:`, with the keys of all generations. */
export const ServerBlock = t.Object(
  {
    url: t.Optional(t.String()),
    type: t.Optional(t.String({ minLength: 1 })),
    timeout: t.Optional(
      t.Number({
        exclusiveMinimum: 0,
        maximum: 86_400,
        errorMessage: 'seconds above 0, at most 86400',
      }),
    ),
    enabled: t.Optional(t.Boolean({ errorMessage: 'true or false' })),
    description: t.Optional(label),
    tags: t.Optional(t.Array(t.String())),
    ...stdio,
    auth: t.Optional(AuthBlock),
    protocol_version: t.Optional(t.String()),
    stateless: t.Optional(t.Boolean({ errorMessage: 'true or false' })),
    process: t.Optional(words('shared', 'principal')),
    metadata: t.Optional(t.Unknown()),
    tools: t.Optional(t.Unknown()),
    version: t.Optional(label),
    policy_id: t.Optional(label),
    image_icon: t.Optional(label),
  },
  closed,
)
export type ServerBlock = Static<typeof ServerBlock>

/** `mcp_servers.yaml`, for editors. */
export const ServersDocument = t.Object(
  { servers: t.Record(t.String(), ServerBlock), groups: t.Optional(GroupsBlock) },
  closed,
)
export type ServersDocument = Static<typeof ServersDocument>

/** `servers:` before each of them is looked at by itself. */
export const ServerNames = t.Record(t.String(), t.Unknown())

/** The file before its servers are looked at: YAML reads it as null when all are commented out. */
export const ServersOutline = t.Object(
  { servers: t.Optional(t.Unknown()), groups: t.Optional(t.Unknown()) },
  closed,
)
export type ServersOutline = Static<typeof ServersOutline>
