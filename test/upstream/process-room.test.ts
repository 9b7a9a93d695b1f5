import { afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Conversation } from '../../src/core/conversation.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import type { UpstreamLimits } from '../../src/upstream/transports/transport.ts'
import { UPSTREAM_LIMITS } from '../../src/upstream/upstream.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import {
  callTool,
  handshake,
  modernCall,
  never,
  options,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

const SERVER = join(import.meta.dir, '../support/upstream-stdio.ts')
const MINUTE = 60_000
const closing = closedAfter(afterEach)

/** A server of which one principal may have two processes of eight, and a clock that is put forward. */
const start = (
  entry: Partial<ServerEntry> = { protocolVersion: '2025-11-25' },
  limits: Partial<UpstreamLimits> = {},
) => {
  let time = 0
  const upstream = upstreamOf(
    closing,
    { transport: 'stdio', command: [process.execPath, SERVER], timeout: 60_000, ...entry },
    {
      environment: process.env,
      now: () => time,
      limits: {
        child: { ...UPSTREAM_LIMITS.child, patience: 150 },
        maxProcesses: 4,
        ...limits,
      },
    },
  )
  return {
    upstream,
    open: async (owner?: string) => handshake(await upstream.open('legacy', never, owner)),
    started: () => upstream.log.lines().filter((line) => line === 'started').length,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}
const echo = async (conversation: Conversation) =>
  textOf(await conversation.send(callTool(1, 'echo'), options()))

describe('the processes of one server', () => {
  test('one principal has half of them: one more is refused before it is started, another gets in', async () => {
    const { open, upstream, started } = start()
    await open('iss|ann')
    await open('iss|ann')
    expect(await refusalOf(open('iss|ann'))).toEqual({
      code: 'overloaded',
      message:
        'Server files runs 2 processes for you already, as many as one caller may have; close a session that you do not need, or try again later',
    })
    expect(upstream.health().state).toBe('up')
    const bob = await open('iss|bob')
    expect(await echo(bob)).toBe('{}')
    await until(() => started() >= 3)
    expect(started()).toBe(3)
  })

  test('many that one principal asks for at the same time are counted like one after the other', async () => {
    const { open } = start()
    const all = await Promise.allSettled(Array.from({ length: 6 }, () => open('iss|ann')))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  })

  test('a principal may have one where half is less, and again one when it is closed', async () => {
    const { open } = start(undefined, { maxProcesses: 1 })
    const first = await open('iss|ann')
    expect((await refusalOf(open('iss|ann'))).message).toContain('runs 1 process for you')
    await first.close()
    expect(await echo(await open('iss|ann'))).toBe('{}')
  })

  test('whom a client left behind makes room for its owner after a minute, the quietest first', async () => {
    const { open, pass } = start()
    const [left, used] = [await open('iss|ann'), await open('iss|ann')]
    pass(MINUTE - 1)
    await echo(used)
    expect((await refusalOf(open('iss|ann'))).code).toBe('overloaded')
    pass(1)
    const fresh = await open('iss|ann')
    expect((await refusalOf(echo(left))).code).toBe('session_not_found')
    expect([await echo(used), await echo(fresh)]).toEqual(['{}', '{}'])
  })

  test('who still listens or waits for an answer is not ended for another', async () => {
    const { open, pass } = start()
    const [listening, waiting] = [await open('iss|ann'), await open('iss|ann')]
    await listening.listen(undefined, options())
    const call = refusalOf(waiting.send(callTool(2, 'silent'), options()))
    pass(10 * MINUTE)
    expect((await refusalOf(open('iss|ann'))).code).toBe('overloaded')
    await waiting.close()
    expect((await call).code).toBe('session_not_found')
    expect(await echo(listening)).toBe('{}')
  })
})

describe('the process of one principal', () => {
  const pidFor = async (conversation: Conversation, owner: string) =>
    Number(await textOf(await conversation.send(modernCall(1, 'pid'), { ...options(), owner })))
  const PRINCIPAL = { process: 'principal', protocolVersion: '2026-07-28' } as const

  test('ends when nobody has used it for the idle time; one with a call under way goes on', async () => {
    const { upstream, pass, started } = start(PRINCIPAL, { processIdle: 20 })
    const files = await upstream.open('modern', never)
    const [ann, bob] = [await pidFor(files, 'iss|ann'), await pidFor(files, 'iss|bob')]
    const leaving = new AbortController()
    const call = modernCall(2, 'silent')
    const running = refusalOf(files.send(call, { ...options(leaving.signal), owner: 'iss|bob' }))
    pass(21)
    await until(() => !isAlive(ann))
    expect(isAlive(bob)).toBe(true)
    leaving.abort()
    expect((await running).code).toBe('client_left')
    expect(await pidFor(files, 'iss|bob')).toBe(bob)
    expect(await pidFor(files, 'iss|ann')).not.toBe(ann)
    await until(() => started() >= 3)
  })
})

test('a process that only talks to itself is idle', async () => {
  const script = `
setInterval(() => console.log('tick'), 1)
for await (const line of console) {
  const { id } = JSON.parse(line)
  const result = { content: [{ type: 'text', text: String(process.pid) }] }
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result }))
}`
  const command = [process.execPath, '-e', script]
  const { upstream, pass } = start(
    { process: 'principal', protocolVersion: '2026-07-28', command },
    { processIdle: 20 },
  )
  const files = await upstream.open('modern', never)
  const call = files.send(modernCall(1, 'pid'), { ...options(), owner: 'iss|ann' })
  const pid = Number(await textOf(await call))
  const ticks = upstream.log.count()
  await until(() => upstream.log.count() > ticks)
  pass(20)
  await until(() => !isAlive(pid))
  expect(isAlive(pid)).toBe(false)
})

const isAlive = (pid: number) => {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)])
  const state = stdout.toString().trim()
  return state !== '' && !state.startsWith('Z')
}
