import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const ROUNDS = 20
const CLIENTS = 16

/** Every call carries its own mark, so that three ledgers can be compared: client, upstream, record. */
const reached = new Set<string>()
const upstream = startUpstream({
  tools: {
    mark: {
      call: ({ mark }) => {
        reached.add(String(mark))
        return `done ${String(mark)}`
      },
    },
  },
})
const directory = await mkdtemp(join(tmpdir(), 'datacline-kill-'))
afterAll(async () => {
  upstream.close()
  await rm(directory, { recursive: true, force: true })
})

const marksOf = (phase: string) => {
  const database = new Database(join(directory, '.datacline/datacline.db'))
  const sql = `SELECT json_extract(parameters, '$.mark') AS mark, status FROM audit_events WHERE phase = ?`
  const rows = database.query<{ mark: string | null; status: string }, [string]>(sql).all(phase)
  const check = database.query<{ integrity_check: string }, []>('PRAGMA integrity_check').get()
  database.close()
  return { rows, check: check?.integrity_check }
}

describe(`kill -9 in the middle of load, ${ROUNDS} times`, () => {
  test('no answered call without its intent, no call upstream without one, nothing torn', async () => {
    const answered = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      const gateway = await startGateway({
        directory,
        args: ['--no-auth'],
        servers: { ledger: { url: upstream.url, type: 'http' } },
      })
      let alive = true
      const client = async (name: number) => {
        for (let call = 0; alive; call++) {
          const mark = `${round}-${name}-${call}`
          const response = await fetch(`${gateway.url}/mcp/invoke?mcp_server=ledger`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ tool_name: 'mark', parameters: { mark } }),
          })
          const body = (await response.json()) as { success?: boolean }
          if (body.success === true) answered.add(mark)
        }
      }
      const clients = Array.from({ length: CLIENTS }, (_, name) => client(name).catch(() => {}))
      await Bun.sleep(100 + Math.random() * 300)
      await gateway.kill('SIGKILL')
      alive = false
      await Promise.all(clients)
    }
    // One more start recovers what the last kill left open.
    const last = await startGateway({
      directory,
      args: ['--no-auth'],
      servers: { ledger: { url: upstream.url, type: 'http' } },
    })
    await last.close()

    const intents = marksOf('intent')
    const outcomes = marksOf('outcome')
    const intended = new Set(intents.rows.map(({ mark }) => mark))
    const ended = outcomes.rows.map(({ mark }) => mark).filter((mark) => mark !== null)
    console.log(
      `answered ${answered.size}, reached the upstream ${reached.size}, intents ${intended.size}, unknown ${outcomes.rows.filter(({ status }) => status === 'unknown').length}`,
    )
    expect(answered.size).toBeGreaterThan(ROUNDS * CLIENTS)
    expect(intents.check).toBe('ok')
    expect([...answered].filter((mark) => !intended.has(mark))).toEqual([])
    expect([...reached].filter((mark) => !intended.has(mark))).toEqual([])
    expect([...intended].filter((mark) => mark !== null && !ended.includes(mark))).toEqual([])
    expect(new Set(ended).size).toBe(ended.length)
  }, 180_000)
})
