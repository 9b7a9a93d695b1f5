import type { Elysia } from 'elysia'
import { docsPage } from '../docs-page.ts'
import { type House, overall } from '../house.ts'
import { jsonAnswer } from '../json-answer.ts'
import { openApiDocument } from '../openapi.ts'
import { SAFE_HEADERS } from '../safe-headers.ts'

const DESCRIPTION =
  'An MCP gateway: authenticates every caller, decides every operation by policy, records it durably, forwards it unchanged.'

const FEATURES = [
  'JWT authentication',
  'Policy with reasons',
  'MCP in both eras',
  'Durable record',
  'Live events',
]

/** The routes that need no token; they tell nothing of servers, users or secrets. */
export const mountSystem = (app: Elysia, house: House): void => {
  const openApi = JSON.stringify(openApiDocument(house.version))
  const docs = docsPage(house.version)
  const json = (body: unknown, status = 200) => jsonAnswer(JSON.stringify(body), status)
  const alive = { status: 'healthy', auth_enabled: house.config.auth_enabled }

  app.get('/', () =>
    json({
      name: 'datacline',
      version: house.version,
      description: DESCRIPTION,
      features: FEATURES,
      endpoints: {
        list_tools: '/mcp/list-tools?mcp_server={server_name}',
        invoke: '/mcp/invoke?mcp_server={server_name}',
        servers: '/mcp/servers',
        server_info: '/mcp/server/{server_name}/info',
        mcp: '/servers/{server_name}/mcp',
        mcp_all_servers: '/mcp',
        mcp_group: '/groups/{group_name}/mcp',
        docs: '/docs',
      },
      status: 'running',
      auth_enabled: house.config.auth_enabled,
    }),
  )
  app.get('/health', () => json({ ...alive, database: house.database }))
  app.get('/health/live', () => json({ status: 'alive' }))
  app.get('/health/ready', () => {
    const parts = house.readiness()
    const status = overall(parts)
    return json({ status, parts }, status === 'down' ? 503 : 200)
  })
  app.get('/config', () => json(house.config))
  app.get('/openapi.json', () => jsonAnswer(openApi, 200))
  app.get(
    '/docs',
    () =>
      new Response(docs, {
        headers: {
          ...SAFE_HEADERS,
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        },
      }),
  )
  app.get('/.well-known/oauth-protected-resource', ({ request }) =>
    json(house.resourceMetadata(request, '')),
  )
  app.get('/.well-known/oauth-protected-resource/*', ({ request, params }) =>
    json(house.resourceMetadata(request, `/${params['*']}`)),
  )
}
