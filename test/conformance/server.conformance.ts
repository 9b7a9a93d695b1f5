import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type EverythingServer, startEverythingServer } from './everything-server.ts'
import {
  differences,
  type Outcome,
  passed,
  REVISIONS,
  requirements,
  runServerSuite,
} from './suite.ts'

const SCORED = { '2025-11-25': 30, '2026-07-28': 37 } as const

let upstream: EverythingServer
let gateway: Gateway
beforeAll(async () => {
  upstream = startEverythingServer()
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      everything: { type: 'http', url: upstream.url },
      pinned: { type: 'http', url: upstream.url, protocol_version: '2025-11-25' },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

for (const revision of REVISIONS) {
  describe(`the server suite of ${revision}`, () => {
    let direct: Outcome
    let through: Outcome
    beforeAll(async () => {
      direct = await runServerSuite(upstream.url, revision)
      through = await runServerSuite(`${gateway.url}/servers/everything/mcp`, revision)
    })

    test('every required scenario passes directly: the fixture offers what is asked for', async () => {
      const { scored } = await requirements(revision, 'server')
      expect(scored).toHaveLength(SCORED[revision])
      expect(passed(direct, scored)).toBe(SCORED[revision])
    })

    test('every required scenario passes through the gateway', async () => {
      const { scored } = await requirements(revision, 'server')
      expect(passed(through, scored)).toBe(SCORED[revision])
    })

    test('what is reported without being scored ran too', async () => {
      const { unscored } = await requirements(revision, 'server')
      expect(unscored.filter((scenario) => !through.has(scenario))).toEqual([])
    })

    test('the same checks pass and fail through the gateway as directly', () => {
      expect(differences(direct, through)).toEqual([])
    })
  })
}

test('how a modern client fares with a server pinned to the legacy era is told, not demanded', async () => {
  const outcome = await runServerSuite(`${gateway.url}/servers/pinned/mcp`, '2026-07-28')
  const asking = [...outcome.keys()].filter((scenario) => scenario.startsWith('input-required'))
  const held = passed(outcome, asking)
  const { scored } = await requirements('2026-07-28', 'server')
  console.log(`  bridged: ${held} of ${asking.length} input-required scenarios,`)
  console.log(`  ${passed(outcome, scored)} of ${scored.length} required ones; not so:`)
  for (const scenario of scored) {
    const wrong = (outcome.get(scenario) ?? []).filter((check) => check.endsWith('FAILURE'))
    if (wrong.length > 0) console.log(`    ${scenario}: ${wrong.join(', ')}`)
  }
  expect(asking).toHaveLength(14)
})
