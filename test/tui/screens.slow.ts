import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Driven, drive } from '../support/tmux.ts'

/**
 * Every screen of the real program over a real gateway, driven by keys, as a terminal shows it. What a
 * clock or the system chooses is masked, nothing else: times, durations, ports, versions of the policy.
 * Written anew with DATACLINE_GOLDEN=write; then the difference is what is reviewed.
 */
const POLICY = `rules:
  - name: Block deleting users
    condition: { mcp_server: demo, tool: delete_user }
    action: deny
    priority: 100
`

const CALLS: readonly (readonly [tool: string, parameters: object])[] = [
  ['add', { a: 2, b: 40 }],
  ['echo', { text: 'hello' }],
  ['get_user', { id: '3' }],
  ['get_user', { id: '99' }],
  ['no_such_tool', {}],
  ['delete_user', { id: '7' }],
  ['add', { a: 1, b: 1 }],
]

const KEYS: readonly (readonly [name: string, keys: string, sees: string | RegExp])[] = [
  ['traffic', 'k', 'delete_user DENIED'],
  ['traffic-why', 'w', 'delete_user DENIED'],
  ['traffic-no-why', 'w', 'TIME'],
  ['detail-why', 'w\r', '[Why]'],
  ['detail-request', ']', '[Request]'],
  ['detail-response', ']', '[Response]'],
  ['detail-headers', ']', '[Headers]'],
  ['detail-raw', ']', '[Raw]'],
  ['detail-related', ']', /\[Rel/],
  ['filter', 'q/decision:deny', 'decision:deny'],
  ['filtered', '\r', '1 of 7'],
  ['command', ':the', ':the'],
  ['servers', '\r:screen servers\r', 'Tools, the most called first'],
  ['policies', '3', 'Block deleting users'],
  ['people', '4', 'anonymous'],
  ['stats', '5', 'calls at hand'],
  ['log', '6', 'watching http'],
  ['help', '?', 'Everywhere'],
  ['paused', 'q1p', 'PAUSED'],
]

const MASKS: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/\d\d:\d\d:\d\d\.\d{3}/g, () => 'HH:MM:SS.mmm'],
  [/\d\d:\d\d:\d\d/g, () => 'HH:MM:SS'],
  [/\d{4}-\d\d-\d\dT/g, () => 'YYYY-MM-DDT'],
  [/127\.0\.0\.1:\d+/g, () => '127.0.0.1:PORT'],
  [/LIVE \d+\/s/, () => 'LIVE N/s'],
  [/\b[0-9a-f]{12}\b/g, () => 'HASH'],
  [/[▁▂▃▄▅▆▇█]+/g, () => 'BARS'],
  [/\b[\d.]+\/s/g, () => 'N/s'],
  [/\b(p\d\d|up|lag) +[\d.]+/g, (_, word = '') => `${word} N`],
  [/record #\d+ ok +/, (found) => 'record #N ok'.padEnd(found.length)],
  [/(?<=(?:\d{3}|TOOL|DENY|—) +)\d+(?= |$)/g, (found) => 'N'.padStart(found.length)],
  [/(exchange_id|duration_ms): \S+/g, (_, name = '') => `${name}: N`],
  [/\b\d+ (ms|s|min|rows)\b/g, (_, unit = '') => `N ${unit}`],
  [/head #\d+/g, () => 'head #N'],
  [/(p95 ms +BARS +)\d+/, (_, before = '') => `${before}N`],
  // The last column of tables of figures is a duration.
  [/( {2,}\d+){2,}$/, (found) => found.replace(/\d+$/, (last) => 'N'.padStart(last.length))],
]

/** Between bars each part keeps its width, so that frames stay where they are. */
const masked = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.split('│').map(maskedPart).join('│').trimEnd())
    .join('\n')

const maskedPart = (part: string): string => {
  const end = part.trimEnd()
  const shown = MASKS.reduce(
    (said, [pattern, mask]) => said.replace(pattern, mask as (found: string) => string),
    end,
  )
  return shown === end
    ? part
    : shown.padEnd(part.length).slice(0, Math.max(part.length, shown.length))
}

const isWriting = process.env.DATACLINE_GOLDEN === 'write'

/** Waits until the screen is as it was looked at: what comes late, such as hits, has its time. */
const looksLike = async (name: string, driven: Driven): Promise<void> => {
  const path = join(import.meta.dir, 'golden', 'binary', `${name}.txt`)
  if (isWriting) {
    await Bun.sleep(700)
    await Bun.write(path, `${masked(driven.text())}\n`)
    return
  }
  const wanted = await Bun.file(path).text()
  const deadline = Date.now() + 15_000
  while (`${masked(driven.text())}\n` !== wanted && Date.now() < deadline) await Bun.sleep(100)
  expect(`${masked(driven.text())}\n`).toBe(wanted)
}

describe.each([
  [80, 24],
  [160, 50],
])('every screen of the program at %ix%i', (columns, rows) => {
  let gateway: Gateway
  let screen: Driven
  let directory: string

  beforeAll(async () => {
    gateway = await startGateway({ args: ['--no-auth', '--demo'], policy: POLICY })
    for (const [tool, parameters] of CALLS) {
      const response = await fetch(`${gateway.url}/mcp/invoke?mcp_server=demo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tool_name: tool, parameters }),
      })
      await response.text()
    }
    directory = await mkdtemp(join(tmpdir(), 'dl-'))
    const args = ['tui', '--config', gateway.directory]
    screen = await drive(args, { cwd: directory, columns, rows })
    await screen.sees('7 of 7')
    if (isWriting) await Bun.sleep(6_000)
  }, 60_000)

  afterAll(async () => {
    await screen?.close()
    await gateway?.close()
    await rm(directory, { recursive: true, force: true })
  })

  test.each(KEYS)('%s', async (name, keys, sees) => {
    screen.press(keys)
    await screen.sees(sees)
    await looksLike(`${name}-${columns}x${rows}`, screen)
  })
})
