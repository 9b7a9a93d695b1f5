import { afterAll, describe, expect, test } from 'bun:test'
import { startHouse } from '../support/house.ts'

// What browsers send along when a page of another site holds an image, a frame, a script or a link
// (W3C, Fetch Metadata): no Origin, no token, and nothing that the page could leave out.

const house = startHouse()
afterAll(() => house.close())

const get = (path: string, headers: Readonly<Record<string, string>>) =>
  fetch(house.url + path, { headers, redirect: 'manual' })

const CAUSES = [
  ['an image', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ['a page on another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
] as const

const PATHS = [
  '/mcp/read-resource?mcp_server=demo&uri=docs%3A%2F%2Fwelcome',
  '/mcp/list-tools?mcp_server=demo',
  '/%6dcp/list-tools?mcp_server=demo',
  '//mcp/list-tools?mcp_server=demo',
  '/servers/demo/mcp',
  '/admin/events',
  '/docs/../mcp/list-tools?mcp_server=demo',
]

describe.each(CAUSES)('%s of another web site', (_, headers) => {
  test.each(PATHS)('gets nothing from %s, and the refusal is recorded', async (path) => {
    const recorded = house.settled.length
    const steps = house.steps.length
    const response = await get(path, headers)
    expect(response.status).toBe(403)
    expect(house.steps.slice(steps)).not.toContain('forward')
    expect(house.settled.length).toBe(recorded + 1)
  })

  test('finds the pages that are the same for everybody', async () => {
    for (const path of ['/', '/docs', '/docs#x', '/health/live', '/openapi.json']) {
      expect((await get(path, headers)).status).toBe(200)
    }
  })
})

test('our own pages, and whoever types an address, are not another site', async () => {
  for (const site of ['same-origin', 'none']) {
    const response = await get('/mcp/list-tools?mcp_server=demo', { 'sec-fetch-site': site })
    expect(response.status).toBe(200)
  }
})
