import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { datacline, envelope } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    policy: `roles:
  a:
    permissions:
      - { resource: "mcp:demo:*", actions: ["*"] }
user_roles:
  anonymous: [a]
rules:
  - { name: No mail to Ada, condition: { tool: send_email }, action: deny }
`,
  })
})
afterAll(() => gateway.close())

const run = (...args: string[]) =>
  datacline([...args, '--config', gateway.directory], { cwd: gateway.directory })
const shown = async (id: unknown) =>
  JSON.parse((await run('audit', 'show', String(id), '--json')).stdout).event

describe('the audit id of a call', () => {
  test('stands in its result, and audit show works from it', async () => {
    const { stdout } = await run('invoke', 'demo', 'add', 'a=2', 'b=3', '--json')
    const { audit_id, result } = JSON.parse(stdout)
    expect(result).toEqual({ sum: 5 })
    expect(await shown(audit_id)).toMatchObject({
      exchange_id: audit_id,
      tool_name: 'add',
      status: 'success',
      parameters: { a: 2, b: 3 },
    })
  })

  test('stands in the error of a tool that failed', async () => {
    const { audit_id } = envelope(await run('invoke', 'demo', 'get_user', 'id=99', '--json'))
    expect(await shown(audit_id)).toMatchObject({ tool_name: 'get_user', status: 'error' })
  })

  test('stands in a denial, and in its hint for people', async () => {
    const call = ['invoke', 'demo', 'send_email', 'to=ada@example.com', 'subject=a', 'body=b']
    const denied = envelope(await run(...call, '--json'))
    expect(denied).toMatchObject({ code: 'policy_denied', exit: 3 })
    expect(denied.hint).toEndWith(`datacline audit show ${denied.audit_id}`)
    expect(await shown(denied.audit_id)).toMatchObject({
      tool_name: 'send_email',
      status: 'denied',
    })
    const { stderr } = await run(...call)
    const [, id] = /datacline audit show (\S+)\n$/.exec(stderr) ?? []
    expect(await shown(id)).toMatchObject({ decision: { rule: 'No mail to Ada' } })
  })

  test('is a header of each answer, of every face', async () => {
    const post = (path: string, body: object) =>
      fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'a', version: '1' },
      },
    }
    const answers = await Promise.all([
      post('/mcp/invoke?mcp_server=demo', { tool_name: 'add', parameters: { a: 1, b: 1 } }),
      post('/mcp/invoke?mcp_server=demo', { tool_name: 'send_email', parameters: {} }),
      post('/servers/demo/mcp', initialize),
      post('/servers/nobody/mcp', initialize),
      post('/servers/demo/mcp', { broken: true }),
      fetch(`${gateway.url}/admin/snapshot`),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 403, 400, 403])
    const ids = answers.map(({ headers }) => headers.get('datacline-exchange'))
    expect(new Set(ids).size).toBe(answers.length)
    for (const id of ids) expect((await shown(id)).exchange_id).toBe(id)
  })
})
