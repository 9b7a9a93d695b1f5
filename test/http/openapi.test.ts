import { afterAll, describe, expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { DESCRIBED_ROUTES } from '../../src/http/described-routes.ts'
import { openApiPath } from '../../src/http/openapi.ts'
import { startGateway } from '../support/gateway.ts'
import { startHouse } from '../support/house.ts'

const house = startHouse()
const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
afterAll(async () => {
  await house.close()
  await gateway.close()
})

type Operation = { operationId: string; responses: Record<string, object>; security?: [] }
type Paths = Record<string, Record<string, Operation>>

const { paths } = (await (await fetch(`${house.url}/openapi.json`)).json()) as { paths: Paths }
const page = await (await fetch(`${gateway.url}/docs`)).text()

describe('the OpenAPI document', () => {
  test('has every route that is served, and no other', () => {
    const served = house.routes.map(({ method, path }) => `${method} ${openApiPath(path)}`)
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.length).toBeGreaterThan(30)
    expect(told.sort()).toEqual(served.sort())
  })

  test('names each operation once and each parameter of a path', () => {
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, methods] of Object.entries(paths)) {
      const text = JSON.stringify(methods)
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(text).toContain(`{"name":"${name}","in":"path","required":true`)
      }
    }
  })

  test('asks for a token wherever one is needed, and only there', () => {
    for (const { method, path, public: isOpen = false } of DESCRIBED_ROUTES) {
      const operation = paths[openApiPath(path)]?.[method.toLowerCase()]
      expect(operation?.security?.length === 0).toBe(isOpen)
      expect('401' in (operation?.responses ?? {})).toBe(!isOpen)
    }
  })

  const readable = DESCRIBED_ROUTES.filter(
    ({ method, path, answer }) =>
      method === 'GET' && 'application/json' in answer && path !== '/admin/events/:id',
  )
  test.each(readable.map((route) => [route.path, route] as const))(
    '%s answers what it says',
    async (path, { answer }) => {
      const address = path.replace(':name', 'demo').replace('*', 'mcp')
      const headers = { authorization: `Bearer ${await gateway.operatorToken()}` }
      const query = path === '/admin/events' ? '?limit=1' : ''
      const response = await fetch(gateway.url + address + query, { headers })
      expect(response.status).toBe(200)
      const schema = answer['application/json']
      const body: unknown = await response.json()
      expect(schema && [...Value.Errors(schema, body)]).toEqual([])
    },
  )
})

describe('the page of the API', () => {
  const commands = [...page.matchAll(/<pre>(curl [\s\S]*?)<\/pre>/g)].map(([, text = '']) =>
    text.replaceAll('&amp;', '&').replaceAll('&quot;', '"'),
  )

  test('has a command for each route of the original API, and each works on the demo', async () => {
    expect(commands).toHaveLength(9)
    for (const command of commands) {
      const [, address = ''] = /'http:\/\/localhost:8000([^']+)'/.exec(command) ?? []
      const [, body] = /-d '([^']+)'/.exec(command) ?? []
      const response = await fetch(gateway.url + address, {
        ...(body !== undefined && { method: 'POST', body }),
        headers: { 'content-type': 'application/json' },
      })
      expect([address, response.status]).toEqual([address, 200])
    }
  })
})
