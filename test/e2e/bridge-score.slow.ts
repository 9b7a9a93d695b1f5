/**
 * Whether clients and servers of both eras work together through the gateway, as a table that stands in
 * the README. `bun run bridge-score` writes there what was found; in every other run, a README that says
 * anything else is an error.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Era } from '../../src/core/protocol.ts'
import { type EverythingServer, startEverythingServer } from '../conformance/everything-server.ts'
import { connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { CELLS } from './bridge-score-cells.ts'

const README = join(import.meta.dir, '../../README.md')
const MARKED = /(<!-- bridge score -->\n)([\s\S]*?)(\n<!-- end of bridge score -->)/
const ERAS = ['legacy', 'modern'] as const
const SHOWN = { legacy: '2025-11-25', modern: '2026-07-28' } as const

const PAIRINGS = ERAS.flatMap((clientEra) =>
  ERAS.map((serverEra) => ({ clientEra, serverEra, row: rowName(clientEra, serverEra) })),
)
const found = new Map<string, boolean>()

let servers: Readonly<Record<Era, EverythingServer>>
let gateway: Gateway
beforeAll(async () => {
  servers = { legacy: startEverythingServer(['legacy']), modern: startEverythingServer(['modern']) }
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      legacy: { type: 'http', url: servers.legacy.url },
      modern: { type: 'http', url: servers.modern.url },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  for (const era of ERAS) await servers?.[era].close()
})

describe.each(PAIRINGS)('$row', ({ clientEra, serverEra, row }) => {
  let client: RealClient
  beforeAll(async () => {
    client = await connectClient(
      `sdk v2 ${clientEra}`,
      { url: `${gateway.url}/servers/${serverEra}/mcp` },
      { interactive: true },
    )
  })
  afterAll(() => client?.close())

  test.each(Object.entries(CELLS))('%s', async (name, cell) => {
    found.set(`${row}, ${name}`, false)
    await cell({ client, clientEra, server: servers[serverEra], serverEra })
    found.set(`${row}, ${name}`, true)
  })
})

test('the README shows what was found', async () => {
  const text = await readFile(README, 'utf8')
  if (process.env.BRIDGE_SCORE === 'write') {
    await writeFile(README, text.replace(MARKED, `$1${table()}$3`))
  } else {
    expect(MARKED.exec(text)?.[2]).toBe(table())
  }
})

function rowName(clientEra: Era, serverEra: Era): string {
  return `client ${SHOWN[clientEra]}, server ${SHOWN[serverEra]}`
}

const table = (): string => {
  const names = Object.keys(CELLS)
  const held = [...found.values()].filter(Boolean).length
  const rows = PAIRINGS.map(({ row }) => {
    const cells = names.map((name) => (found.get(`${row}, ${name}`) === true ? '✓' : '–'))
    return `| ${row} | ${cells.join(' | ')} |`
  })
  return [
    `| ${held} of ${PAIRINGS.length * names.length} | ${names.join(' | ')} |`,
    `|---|${names.map(() => ':-:|').join('')}`,
    ...rows,
  ].join('\n')
}
