import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const POLICY = await readFile(resolve(import.meta.dir, '../../policies/policy.yaml'), 'utf8')
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ args: ['--no-auth', '--demo'], policy: POLICY })
})
afterAll(() => gateway.close())

describe.each(['sdk v1', 'sdk v2 legacy', 'sdk v2 modern'] as const)(
  'what policy denies, for %s',
  (kind) => {
    test('is absent from the list, and its call says which rule and which line', async () => {
      const client = await connectClient(kind, { url: `${gateway.url}/servers/demo/mcp` })
      const { tools } = (await client.ask('tools/list', {})) as { tools: { name: string }[] }
      expect(tools.map(({ name }) => name)).toContain('send_email')
      expect(tools.map(({ name }) => name)).not.toContain('delete_user')
      const denied = (await client.ask('tools/call', {
        name: 'delete_user',
        arguments: { id: '1' },
      })) as { isError: boolean; content: { text: string }[]; _meta: Record<string, object> }
      expect(denied.isError).toBe(true)
      expect(denied.content[0]?.text).toMatch(
        /denied by rule: Block deleting users \(policies\/policy\.yaml:\d+\)/,
      )
      expect(denied._meta['dev.datacline/decision']).toMatchObject({
        code: 'rule',
        rule: 'Block deleting users',
      })
      await client.close()
    })
  },
)

describe('the servers file', () => {
  test('a change is in force at once; a broken one keeps what was, and the record says its line', async () => {
    const upstream = startUpstream()
    const directory = gateway.directory
    const file = join(directory, 'mcp_servers.yaml')
    const names = async () => {
      const response = await fetch(`${gateway.url}/mcp/servers`)
      const body = (await response.json()) as { servers: { name: string }[] }
      return body.servers.map(({ name }) => name)
    }
    await writeFile(file, `servers:\n  late: {url: "${upstream.url}"}\n`)
    expect(await until(async () => (await names()).includes('late'))).toBe(true)
    const call = await fetch(`${gateway.url}/mcp/invoke?mcp_server=late`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name: 'echo', parameters: { a: 1 } }),
    })
    expect(await call.json()).toMatchObject({ success: true })

    await writeFile(file, 'servers:\n  late: {ulr: x}\n')
    expect(await until(async () => gateway.stdout().includes('servers_reload_failed'))).toBe(true)
    expect(gateway.stdout()).toContain('mcp_servers.yaml:2:')
    expect(await names()).toContain('late')
    upstream.close()
  })
})
