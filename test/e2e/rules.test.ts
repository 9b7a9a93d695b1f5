import { afterEach, describe, expect, test } from 'bun:test'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Client } from '../../src/client.ts'
import { closedAfter } from '../support/closing.ts'
import { startGateway } from '../support/gateway.ts'
import { clientTo, faultOf } from '../support/test-client.ts'
import { until } from '../support/until.ts'

const POLICY = `# Who may do what.
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  # Deleting is for nobody.
  - name: Nobody deletes   # really
    priority: 10
    condition: { tool: delete_user }
    action: deny

# The end.
`

const closing = closedAfter(afterEach)

const open = async (policy: string | undefined = POLICY) => {
  const gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    ...(policy !== '' && { policy }),
  })
  closing.push(() => gateway.close())
  const operator = clientTo(gateway.url, { token: await gateway.operatorToken() })
  const caller = clientTo(gateway.url)
  return { gateway, operator, caller, path: `${gateway.directory}/policies/policy.yaml` }
}

const callTool = (caller: Client, tool: string, parameters = {}) =>
  caller.request('POST', '/mcp/invoke', {
    query: { mcp_server: 'demo' },
    body: { tool_name: tool, parameters },
    alsoFine: [403],
  })

const eventOf = async (operator: Client, filter: string): Promise<number> => {
  const { events } = await until(
    () => operator.history({ filter }),
    (page) => page.events.some(({ status }) => status !== 'pending'),
  )
  return events[0]?.seq ?? 0
}

describe('a rule from a call', () => {
  test('is shown with what it changes, written, in force at once, recorded, and taken back', async () => {
    const { operator, caller, path } = await open()
    for (const id of ['1', '2']) await callTool(caller, 'delete_user', { id })
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=delete_user')
    await eventOf(operator, 'tool:=add')

    const preview = await operator.previewRule({ event, effect: 'allow' })
    expect(preview).toMatchObject({
      scope: 'user:anonymous item',
      name: 'Allow anonymous: delete_user on demo',
      at: 'policies/policy.yaml:12',
      calls: 3,
      to_permit: 2,
      to_deny: 0,
      effective: true,
    })
    expect(preview.scopes.map(({ id }) => id)).toEqual([
      'user:anonymous item',
      'role:all item',
      'everyone item',
      'user:anonymous server',
      'role:all server',
      'everyone server',
    ])
    expect(preview.diff.map(({ sign, text }) => sign + text).join('\n')).toBe(
      [
        '     priority: 10',
        '     condition: { tool: delete_user }',
        '     action: deny',
        '+  - name: "Allow anonymous: delete_user on demo"',
        '+    condition:',
        '+      user: anonymous',
        '+      action: invoke_tool',
        '+      mcp_server: demo',
        '+      tool: delete_user',
        '+    action: allow',
        '+    priority: 11',
        ' ',
        ' # The end.',
      ].join('\n'),
    )
    expect(await readFile(path, 'utf8')).toBe(POLICY)

    const wide = await operator.previewRule({ event, effect: 'deny', scope: 'everyone server' })
    expect(wide).toMatchObject({ to_permit: 0, to_deny: 1, effective: true })

    const written = await operator.writeRule({ event, effect: 'allow', expect: preview.hash })
    expect(written).toMatchObject({ name: preview.name, at: preview.at })
    expect(await callTool(caller, 'delete_user', { id: '1' })).toMatchObject({ success: true })
    const [noted] = (
      await until(
        () => operator.history({ filter: '"policy_rule_written"' }),
        (page) => page.events.length > 0,
      )
    ).events
    expect(noted?.error).toContain('operator wrote rule "Allow anonymous: delete_user')
    const asked = await operator.history({ filter: 'method:datacline/policy-write' })
    expect(asked.events[0]).toMatchObject({
      user: 'operator',
      parameters: { event, effect: 'allow', expect: preview.hash },
    })

    await operator.undoRule({ expect: written.hash })
    expect(await readFile(path, 'utf8')).toBe(POLICY)
    expect(await callTool(caller, 'delete_user', { id: '1' })).toMatchObject({
      detail: expect.stringContaining('Nobody deletes'),
    })
    expect((await faultOf(operator.undoRule({ expect: written.hash }))).message).toContain(
      'no rule that could be taken back',
    )
  })

  test('is not written to a file that somebody changed, nor taken back from one', async () => {
    const { operator, caller, path } = await open()
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=add')
    const { hash } = await operator.previewRule({ event, effect: 'deny' })
    await writeFile(path, `${POLICY}# mine\n`)
    const late = await faultOf(operator.writeRule({ event, effect: 'deny', expect: hash }))
    expect(late.message).toContain('policies/policy.yaml was changed since')
    const again = await operator.previewRule({ event, effect: 'deny' })
    const written = await operator.writeRule({ event, effect: 'deny', expect: again.hash })
    const mine = `${await readFile(path, 'utf8')}# mine too\n`
    await writeFile(path, mine)
    expect((await faultOf(operator.undoRule({ expect: written.hash }))).message).toContain(
      'was changed since',
    )
    expect(await readFile(path, 'utf8')).toBe(mine)
  })

  test('of a call that no policy decided, or to a file that is gone, is a sentence', async () => {
    const { operator, caller, path } = await open()
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=add')
    expect((await faultOf(operator.previewRule({ event: 9999, effect: 'deny' }))).message).toBe(
      'No event 9999 in the record',
    )
    const other = await eventOf(operator, 'method:datacline/history')
    expect(
      (await faultOf(operator.previewRule({ event: other, effect: 'deny' }))).message,
    ).toContain('no rule can be about it')
    await rename(path, `${path}.away`)
    expect((await faultOf(operator.previewRule({ event, effect: 'deny' }))).message).toBe(
      'policies/policy.yaml is gone, and what it said stays in force until it is back; a rule can be written then',
    )
    await writeFile(path, 'rules: [')
    expect((await faultOf(operator.previewRule({ event, effect: 'deny' }))).message).toMatch(
      /^policies\/policy.yaml:1:\d+ /,
    )
    await rm(path)
  })

  test('begins the file where there was none, and taken back it is gone again', async () => {
    const { operator, caller, path } = await open('')
    expect(await callTool(caller, 'add', { a: 1, b: 2 })).toMatchObject({ success: true })
    const event = await eventOf(operator, 'tool:=add')
    const preview = await operator.previewRule({ event, effect: 'deny' })
    expect(preview).toMatchObject({ hash: 'none', calls: 1, to_deny: 1, effective: true })
    expect(preview.diff.every(({ sign }) => sign === '+')).toBe(true)
    await expect(stat(path)).rejects.toThrow('ENOENT')

    const written = await operator.writeRule({ event, effect: 'deny', expect: preview.hash })
    const text = await readFile(path, 'utf8')
    expect(text).toBe(`${preview.diff.map((each) => each.text).join('\n')}\n`)
    expect(text).toStartWith('# Who may use which tools.')
    expect(text.split('\n')[Number(written.at.split(':')[1]) - 1]).toContain(written.name)
    expect(await callTool(caller, 'add', { a: 1, b: 2 })).toMatchObject({
      detail: expect.stringContaining(written.name),
    })
    // What the built-in role permits is permitted as before.
    expect(await callTool(caller, 'echo', { text: 'x' })).toMatchObject({ success: true })
    expect((await operator.snapshot()).policy).toMatchObject({ state: 'ok', hash: written.hash })

    const undone = await operator.undoRule({ expect: written.hash })
    expect(undone.hash).toBe('none')
    await expect(stat(path)).rejects.toThrow('ENOENT')
    expect(await callTool(caller, 'add', { a: 1, b: 2 })).toMatchObject({ success: true })
    expect((await operator.snapshot()).policy).toMatchObject({ state: 'missing', hash: 'none' })
    const again = await operator.previewRule({ event, effect: 'deny' })
    expect(await operator.writeRule({ event, effect: 'deny', expect: again.hash })).toEqual(written)
  })

  test('is not put in place of a file that somebody began meanwhile', async () => {
    const { operator, caller, path } = await open('')
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=add')
    await operator.previewRule({ event, effect: 'deny' })
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, POLICY)
    const late = await faultOf(operator.writeRule({ event, effect: 'deny', expect: 'none' }))
    expect(late.message).toContain('policies/policy.yaml was changed since')
    expect(await readFile(path, 'utf8')).toBe(POLICY)
  })

  test('where no file can be begun is a sentence, and nothing changes', async () => {
    const { gateway, operator, caller } = await open('')
    await writeFile(`${gateway.directory}/policies`, 'a file where the directory would be')
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=add')
    const { hash } = await operator.previewRule({ event, effect: 'deny' })
    const fault = await faultOf(operator.writeRule({ event, effect: 'deny', expect: hash }))
    expect(fault.message).toBe(
      'Nothing was written. policies/policy.yaml: what it would be in is no directory',
    )
    expect(await callTool(caller, 'add', { a: 1, b: 2 })).toMatchObject({ success: true })
  })

  test('is for those with gateway:admin, and for nobody else', async () => {
    const { operator, caller } = await open()
    await callTool(caller, 'add', { a: 1, b: 2 })
    const event = await eventOf(operator, 'tool:=add')
    const refused = [
      caller.previewRule({ event, effect: 'deny' }),
      caller.writeRule({ event, effect: 'deny', expect: 'x' }),
      caller.undoRule({ expect: 'x' }),
    ]
    for (const asked of refused) expect((await faultOf(asked)).details.code).toBe('access_denied')
    expect((await operator.snapshot()).caller).toEqual({ user: 'operator', may_admin: true })
  })

  test.each([
    {},
    { event: 0, effect: 'allow' },
    { event: 1, effect: 'ask' },
    { event: 1, effect: 'deny', colour: 'red' },
  ])('a body such as %j is refused', async (body) => {
    const { operator } = await open()
    const fault = await faultOf(operator.request('POST', '/admin/policy/preview', { body }))
    expect(fault.details.status).toBe(422)
  })
})
