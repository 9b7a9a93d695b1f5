/** Start-up time and memory of the compiled binary, decisions by size of the policy, rows a second. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AUDIT_MIGRATIONS, INSERT_EVENT, toRow } from '../../src/audit/schema.ts'
import type { AuditEvent } from '../../src/core/events.ts'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import { createDecisionPoint } from '../../src/policy/decision-point.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'
import { createWriter } from '../../src/state/writer.ts'
import { startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

const [BINARY = ''] = PROGRAM.length === 1 ? PROGRAM : []

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const spread = (values: readonly number[], digits = 1) =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`

const repeat = async (times: number, measure: () => Promise<number> | number) => {
  const values: number[] = []
  await measure()
  for (let round = 0; round < times; round++) values.push(await measure())
  return values
}

const version = () => {
  const from = performance.now()
  Bun.spawnSync([BINARY, '--version'])
  return performance.now() - from
}

/** Milliseconds until the door is open, and resident memory a second later, in MB. */
const start = async (): Promise<Readonly<{ ready: number; memory: number }>> => {
  const from = performance.now()
  const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
  const ready = performance.now() - from
  await Bun.sleep(1000)
  const status = await Bun.file(`/proc/${gateway.pid}/status`).text()
  const memory = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  await gateway.close()
  return { ready, memory }
}

const policyOf = (rules: number) =>
  [
    'roles: {agent: {permissions: [{resource: "mcp:*:*", actions: ["*"]}]}}',
    'user_roles: {alice: [agent]}',
    'rules:',
    ...Array.from(
      { length: rules },
      (_, index) =>
        `  - {name: r${index}, condition: {mcp_server: s${index % 100}, tool: t${index}}, action: deny, priority: ${index}}`,
    ),
    'default_policy: deny',
  ].join('\n')

const alice = { ...localPrincipal('alice', 'local-developer'), builtInRole: undefined }
const call = (name: string) =>
  toOperation('s7', 'either', buildRequest(1, 'tools/call', { name, arguments: {} }))

/** Microseconds for a decision on a name not seen before, and for the same again. */
const decisions = (rules: number) => {
  const point = createDecisionPoint(loadPolicy(policyOf(rules), 'policy.yaml'))
  const timed = (operations: readonly ReturnType<typeof call>[]) => {
    const from = performance.now()
    for (const operation of operations) point.decide(alice, operation)
    return ((performance.now() - from) * 1000) / operations.length
  }
  timed(Array.from({ length: 500 }, (_, index) => call(`warm${index}`)))
  const fresh = Array.from({ length: 2000 }, (_, index) => call(`cold${index}`))
  const cold = timed(fresh)
  const known = Array.from({ length: 100_000 }, () => fresh[7] ?? call('x'))
  return { cold, repeated: timed(known) }
}

/** Rows a second that are durable, in batches as traffic makes them. */
const rows = async (inFlight: number) => {
  const directory = await mkdtemp(join(tmpdir(), 'datacline-bench-'))
  const writer = createWriter({
    table: {
      path: join(directory, 'bench.db'),
      migrations: AUDIT_MIGRATIONS,
      insert: INSERT_EVENT,
    },
  })
  let seq = 0
  const event = (): AuditEvent => ({
    seq: ++seq,
    phase: 'outcome',
    exchange_id: crypto.randomUUID(),
    timestamp: '2026-01-15T10:30:45.123Z',
    level: 'INFO',
    logger: 'audit',
    event_type: 'mcp_request',
    user: 'alice',
    action: 'invoke_tool',
    mcp_server: 'bench',
    tool_name: 'tool_7',
    parameters: { text: 'a parameter of ordinary length for a tool call' },
    status: 'success',
    policy_decision: 'allowed by role agent (policies/policy.yaml:4)',
    duration_ms: 3,
    response_status: 200,
  })
  const until = performance.now() + 2000
  const from = performance.now()
  const client = async () => {
    while (performance.now() < until) await writer.append([toRow(event())])
  }
  await Promise.all(Array.from({ length: inFlight }, client))
  const rate = (seq / (performance.now() - from)) * 1000
  await writer.close()
  await rm(directory, { recursive: true, force: true })
  return rate
}

/** The lines of the second table. */
export const processFigures = async (): Promise<readonly string[]> => {
  const lines = ['| figure | value |', '|---|---|']
  const add = (name: string, value: string) => lines.push(`| ${name} | ${value} |`)
  if (BINARY !== '') {
    const starts: Awaited<ReturnType<typeof start>>[] = []
    for (let round = 0; round < 5; round++) starts.push(await start())
    add('binary, MiB', (Bun.file(BINARY).size / 2 ** 20).toFixed(1))
    add('`--version`, ms', spread(await repeat(15, version)))
    add('`serve` ready, ms', spread(starts.map(({ ready }) => ready)))
    add('resident memory when idle, MB', spread(starts.map(({ memory }) => memory)))
  } else {
    add('binary', 'not measured: DATACLINE_TEST_BINARY names none')
  }
  for (const count of [10, 1_000, 10_000]) {
    const { cold, repeated } = decisions(count)
    add(
      `decision, ${count} rules, cold / repeated, µs`,
      `${cold.toFixed(1)} / ${repeated.toFixed(2)}`,
    )
  }
  for (const inFlight of [1, 32, 256]) {
    add(`durable rows a second, ${inFlight} in flight`, String(Math.round(await rows(inFlight))))
  }
  return lines
}
