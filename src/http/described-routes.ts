import { type TSchema, Type as t } from '@sinclair/typebox'
import { EventDetailSchema, HistoryPageSchema } from '../core/history.ts'
import {
  RuleDraftSchema,
  RulePreviewSchema,
  RuleUndoSchema,
  RuleWriteSchema,
  RuleWrittenSchema,
} from '../core/rule.ts'
import { SnapshotQuerySchema, SnapshotSchema } from '../core/snapshot.ts'
import { FeedQuerySchema, SessionSchema } from './routes/admin-query.ts'

/** A route beside the original's API, as the OpenAPI document tells of it. */
export type DescribedRoute = Readonly<{
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  summary: string
  /** Needs no token, and refuses nobody. */
  public?: true
  query?: TSchema
  body?: TSchema
  /** What it gives in each kind of content; a refusal is told of elsewhere. */
  answer: Readonly<Record<string, TSchema>>
  /** Further statuses that are no refusals, and what they mean. */
  statuses?: Readonly<Record<number, string>>
}>

const JSON_TYPE = 'application/json'
const Anything = t.Record(t.String(), t.Unknown())
const Named = t.Object({ name: t.String({ minLength: 1 }) })
const Stream = { 'text/event-stream': t.String() }

const open = (
  path: string,
  summary: string,
  answer: DescribedRoute['answer'] = { [JSON_TYPE]: Anything },
): DescribedRoute => ({ method: 'GET', path, summary, public: true, answer })

const SYSTEM: readonly DescribedRoute[] = [
  open('/', 'What this is, and where its faces are'),
  open('/health', 'Whether it runs', {
    [JSON_TYPE]: t.Object({
      status: t.String(),
      auth_enabled: t.Boolean(),
      database: t.String(),
    }),
  }),
  open('/health/live', 'Whether the program answers', {
    [JSON_TYPE]: t.Object({ status: t.Literal('alive') }),
  }),
  {
    ...open('/health/ready', 'Whether its parts work', {
      [JSON_TYPE]: t.Object({ status: t.String(), parts: t.Record(t.String(), t.String()) }),
    }),
    statuses: { 503: 'A part is down; the body says which' },
  },
  open('/config', 'Settings that are no secret'),
  open('/openapi.json', 'This document'),
  open('/docs', 'The API as a page', { 'text/html': t.String() }),
  open('/.well-known/oauth-protected-resource', 'Who issues tokens for it (RFC 9728)'),
  {
    ...open('/.well-known/oauth-protected-resource/*', 'The same for one MCP endpoint'),
    query: t.Object({ path: t.String() }),
  },
]

const MCP_ENDPOINTS = [
  ['/mcp', 'every server that the caller may use, as one', undefined],
  ['/servers/:name/mcp', 'one server', Named],
  ['/groups/:name/mcp', 'a group of servers, as one', Named],
] as const

const MCP: readonly DescribedRoute[] = MCP_ENDPOINTS.flatMap(([path, what, named]) => {
  const query = named && { query: named }
  return [
    {
      method: 'POST',
      path,
      summary: `MCP (Streamable HTTP, both eras): ${what}`,
      ...query,
      body: t.Union([Anything, t.Array(Anything)]),
      answer: { [JSON_TYPE]: t.Union([Anything, t.Array(Anything)]), ...Stream },
      statuses: { 202: 'A notification or an answer, accepted' },
    },
    {
      method: 'GET',
      path,
      summary: `What a legacy session is told: ${what}`,
      ...query,
      answer: Stream,
    },
    { method: 'DELETE', path, summary: `Ends a legacy session: ${what}`, ...query, answer: {} },
  ] satisfies DescribedRoute[]
})

const ADMIN: readonly DescribedRoute[] = [
  {
    method: 'GET',
    path: '/admin/events',
    summary:
      'The live feed, resumable with Last-Event-ID; with filter, before, after or limit a page of the record',
    query: FeedQuerySchema,
    answer: { ...Stream, [JSON_TYPE]: HistoryPageSchema },
  },
  {
    method: 'GET',
    path: '/admin/events/:id',
    summary: 'One event with everything recorded, by its number or the id of its exchange',
    query: t.Object({ id: t.String({ minLength: 1 }) }),
    answer: { [JSON_TYPE]: EventDetailSchema },
  },
  {
    method: 'GET',
    path: '/admin/snapshot',
    summary: 'How the gateway is doing; with range its figures of that time',
    query: SnapshotQuerySchema,
    answer: { [JSON_TYPE]: SnapshotSchema },
  },
  {
    method: 'GET',
    path: '/admin/servers/:name/logs',
    summary: 'What a stdio server last wrote to standard error; with follow=1 live',
    query: t.Composite([Named, t.Object({ follow: t.Optional(t.Literal('1')) })]),
    answer: {
      [JSON_TYPE]: t.Object({
        mcp_server: t.String(),
        state: t.String(),
        problem: t.Union([t.String(), t.Null()]),
        lines: t.Array(t.String()),
        last_line: t.Integer(),
      }),
      ...Stream,
    },
  },
  {
    method: 'DELETE',
    path: '/admin/sessions/:id',
    summary: 'Ends a session, named by the first 8 characters of its id, as the snapshot shows it',
    query: SessionSchema,
    answer: { [JSON_TYPE]: t.Object({ id: t.String(), server: t.String() }) },
  },
  {
    method: 'POST',
    path: '/admin/policy/preview',
    summary: 'What a rule written from a call would change; nothing is written',
    body: RuleDraftSchema,
    answer: { [JSON_TYPE]: RulePreviewSchema },
  },
  {
    method: 'POST',
    path: '/admin/policy/rules',
    summary: 'Writes the rule of a preview',
    body: RuleWriteSchema,
    answer: { [JSON_TYPE]: RuleWrittenSchema },
  },
  {
    method: 'POST',
    path: '/admin/policy/undo',
    summary: 'Takes the last rule back that was written so',
    body: RuleUndoSchema,
    answer: { [JSON_TYPE]: RuleWrittenSchema },
  },
]

/** Every route that is not of the original's API. A test holds that none is missing. */
export const DESCRIBED_ROUTES: readonly DescribedRoute[] = [...MCP, ...ADMIN, ...SYSTEM]
