import { expect, test } from 'bun:test'
import { createRecorder } from '../../src/audit/recorder.ts'
import { createRedactor } from '../../src/audit/redact.ts'
import {
  type AccessDenied,
  ItemNotFound,
  RecordUnavailable,
  UpstreamFailed,
} from '../../src/core/errors.ts'
import { until } from '../support/until.ts'
import {
  answered,
  arrived,
  denied,
  openRecord,
  permitted,
  temporaryDirectory,
  unauthenticated,
} from './exchanges.ts'

const ROWS = 'SELECT seq, phase, status FROM audit_events ORDER BY seq'
const PHASES = 'SELECT phase FROM audit_events ORDER BY seq'

const refusal = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (cause: unknown) => cause,
  )

/** A recorder on a record that the test fails, holds up and lets work as it likes. */
const recorderOn = (
  append: (rows: readonly unknown[]) => Promise<void>,
  { maxWaiting = 10_000, retryAfter = 5 } = {},
) =>
  createRecorder({
    append,
    firstSequence: 1,
    sinks: [],
    redactor: createRedactor({}),
    publish: () => {},
    now: () => 0,
    tick: () => 0,
    writeTimeout: 30,
    retryAfter,
    maxWaiting,
  })

/** A record in memory that can be taken down. */
const fakeDisk = () => {
  const disk = { full: false, calls: 0, rows: [] as (readonly unknown[])[] }
  const append = async (rows: readonly unknown[]) => {
    disk.calls++
    await Promise.resolve()
    if (disk.full) throw new Error('database or disk is full')
    disk.rows.push(...(rows as (readonly unknown[])[]))
  }
  return { disk, append, seqs: () => disk.rows.map(([seq]) => Number(seq)) }
}

test('an admitted operation has its intent on disk before anything is forwarded', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  const exchange = permitted()
  await record.recorder.admit(exchange)
  expect(record.rows(ROWS)).toEqual([{ seq: 1, phase: 'intent', status: 'pending' }])
  record.recorder.settle(answered(exchange))
  record.recorder.settle(exchange)
  await record.recorder.flush()
  expect(record.rows(ROWS)).toEqual([
    { seq: 1, phase: 'intent', status: 'pending' },
    { seq: 2, phase: 'outcome', status: 'success' },
  ])
  await record.close()
})

test('what was never admitted is one refusal', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  record.recorder.settle(denied())
  record.recorder.settle(unauthenticated())
  record.recorder.note({ code: 'policy_reloaded', status: 'success' })
  await record.recorder.flush()
  expect(record.rows(ROWS)).toEqual([
    { seq: 1, phase: 'refusal', status: 'denied' },
    { seq: 2, phase: 'refusal', status: 'denied' },
    { seq: 3, phase: 'event', status: 'success' },
  ])
  await record.close()
})

test('watchers see intents and outcomes in the order of their numbers, and cannot stop them', async () => {
  using directory = temporaryDirectory()
  const seen: number[] = []
  const record = openRecord(directory.path, {
    publish: (event) => {
      seen.push(event.seq)
      throw new Error('a watcher broke')
    },
  })
  const exchanges = Array.from({ length: 20 }, () => permitted())
  await Promise.all(
    exchanges.map(async (exchange) => {
      await record.recorder.admit(exchange)
      record.recorder.settle(answered(exchange))
    }),
  )
  expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  await record.recorder.flush()
  expect(record.rows(PHASES).length).toBe(40)
  await record.close()
})

test('numbers go on after a restart', async () => {
  using directory = temporaryDirectory()
  const first = openRecord(directory.path)
  first.recorder.settle(denied())
  await first.close()
  const second = openRecord(directory.path)
  second.recorder.settle(denied())
  await second.close()
  const third = openRecord(directory.path)
  expect(third.rows('SELECT seq FROM audit_events ORDER BY seq')).toEqual([{ seq: 1 }, { seq: 2 }])
  await third.close()
})

test('a full disk refuses operations, keeps what ended meanwhile, and recovers with the space', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path, { retryAfter: 5 }, 24)
  const running = permitted()
  await record.recorder.admit(running)
  const filler = openRecord(directory.path, { firstSequence: 1_000_000 })
  filler.database.run('PRAGMA max_page_count = 24')
  filler.database.run('CREATE TABLE filler (text)')
  expect(() => {
    for (;;) filler.database.run('INSERT INTO filler VALUES (?)', ['x'.repeat(500)])
  }).toThrow('full')

  const big = () => permitted({ text: 'word '.repeat(1500) })
  const refused = await refusal(record.recorder.admit(big()))
  expect(refused).toBeInstanceOf(RecordUnavailable)
  record.recorder.settle(answered({ ...big(), error: refused as RecordUnavailable }))
  record.recorder.settle(answered(running))
  await record.recorder.flush()
  expect(record.recorder.status()).toMatchObject({
    state: 'down',
    problem: expect.stringContaining('full'),
    lag: 2,
  })

  filler.database.run('DROP TABLE filler')
  await until(() => record.recorder.status().lag === 0)
  await record.recorder.admit(permitted())
  expect(record.recorder.status()).toMatchObject({ state: 'up', problem: undefined, lag: 0 })
  expect(record.rows(PHASES).map(({ phase }) => phase)).toEqual([
    'intent',
    'refusal',
    'outcome',
    'intent',
  ])
  await filler.close()
  await record.close()
})

test('rows that were kept go in before anything newer', async () => {
  const { disk, append, seqs } = fakeDisk()
  const recorder = recorderOn(append)
  const running = [permitted(), permitted(), permitted()]
  await Promise.all(running.map(recorder.admit))
  disk.full = true
  for (const exchange of running) recorder.settle(answered(exchange))
  expect(await refusal(recorder.admit(permitted()))).toBeInstanceOf(RecordUnavailable)
  disk.full = false
  await Promise.all([recorder.admit(permitted()), recorder.admit(permitted())])
  expect(seqs()).toEqual([...seqs()].sort((one, other) => one - other))
  expect(disk.rows.map((row) => row[1])).toEqual([
    ...['intent', 'intent', 'intent'],
    ...['outcome', 'outcome', 'outcome'],
    ...['intent', 'intent'],
  ])
})

test('rows whose failures come back in another order are kept in their own', async () => {
  const { append, seqs } = fakeDisk()
  const failing = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let calls = 0
  // Nothing is tried again before both have failed.
  const recorder = recorderOn((rows) => failing[calls++]?.promise ?? append(rows), {
    retryAfter: 3_600_000,
  })
  recorder.settle(denied())
  recorder.settle(denied())
  failing[1]?.reject(new Error('second'))
  await until(() => recorder.status().problem === 'second')
  failing[0]?.reject(new Error('first'))
  await until(() => recorder.status().problem === 'first')
  await recorder.flush()
  expect(seqs()).toEqual([1, 2])
})

test('whichever commit fails, every admitted exchange gets exactly one outcome', async () => {
  for (let failing = 1; failing <= 12; failing++) {
    const { disk, append } = fakeDisk()
    const recorder = recorderOn((rows) => {
      disk.full = disk.calls + 1 === failing
      return append(rows)
    })
    const admitted: string[] = []
    for (let call = 0; call < 5; call++) {
      const exchange = permitted()
      const refused = await refusal(recorder.admit(exchange))
      if (refused === undefined) admitted.push(exchange.id)
      else exchange.error = refused as RecordUnavailable
      recorder.settle(refused === undefined ? answered(exchange) : exchange)
    }
    disk.full = false
    await recorder.flush()
    const outcomes = disk.rows.filter((row) => row[1] === 'outcome').map((row) => String(row[2]))
    expect(outcomes.sort()).toEqual(admitted.sort())
  }
})

test('a record that does not answer refuses after the write timeout, then at once', async () => {
  const held = Promise.withResolvers<void>()
  const recorder = recorderOn(() => held.promise)
  const first = await refusal(recorder.admit(permitted()))
  expect(String((first as Error).cause)).toContain('no answer within 30 ms')
  const second = await refusal(recorder.admit(permitted()))
  expect(second).toBeInstanceOf(RecordUnavailable)
  // Not the write timeout once more: it was not even begun.
  expect(String((second as Error).cause)).toContain('an earlier write has not come back')
  expect(recorder.status()).toMatchObject({ state: 'down', problem: 'the record does not answer' })
  held.resolve()
  await until(() => recorder.status().state === 'up')
  await recorder.admit(permitted())
  expect(recorder.status().state).toBe('up')
})

test('an operation that was given up while older rows went in leaves no late intent', async () => {
  const { disk, append } = fakeDisk()
  const held = Promise.withResolvers<void>()
  let hold = false
  const recorder = recorderOn(async (rows) => {
    if (hold) await held.promise
    await append(rows)
  })
  disk.full = true
  recorder.settle(denied())
  await recorder.flush()
  disk.full = false
  hold = true
  expect(await refusal(recorder.admit(permitted()))).toBeInstanceOf(RecordUnavailable)
  held.resolve()
  await recorder.flush()
  expect(disk.rows.map((row) => row[1])).toEqual(['refusal'])
})

test('waiting rows are bounded: operations are refused, refusals counted, outcomes kept', async () => {
  const { disk, append } = fakeDisk()
  const recorder = recorderOn(append, { maxWaiting: 5 })
  const running = [permitted(), permitted(), permitted(), permitted()]
  await Promise.all(running.map(recorder.admit))
  disk.full = true
  for (let count = 0; count < 50; count++) recorder.settle(denied())
  await recorder.flush()
  const refused = await refusal(recorder.admit(permitted()))
  expect(String((refused as Error).cause)).toContain('too many rows wait')
  for (const exchange of running) recorder.settle(answered(exchange))
  expect(recorder.status().lag).toBe(9)
  disk.full = false
  await recorder.flush()
  await recorder.flush()
  const phases = disk.rows.map((row) => row[1])
  expect(phases.filter((phase) => phase === 'outcome').length).toBe(4)
  expect(phases.filter((phase) => phase === 'refusal').length).toBe(5)
  expect(JSON.stringify(disk.rows)).toContain('45 rows could not be recorded')
})

test('a Worker that dies refuses what waits and the next operation is recorded', async () => {
  using directory = temporaryDirectory()
  const workers: Worker[] = []
  const record = openRecord(directory.path, {
    createWorker: () => {
      const url = new URL('../../src/state/record-worker.ts', import.meta.url).href
      const worker = new Worker(url)
      workers.push(worker)
      return worker
    },
  })
  const running = permitted()
  await record.recorder.admit(running)
  record.recorder.settle(answered(running))
  workers[0]?.terminate()
  await until(() => record.recorder.status().lag === 0)
  await record.recorder.admit(permitted())
  expect(record.rows(PHASES).map(({ phase }) => phase)).toEqual(['intent', 'outcome', 'intent'])
  await record.close()
})

test('an upstream that failed is an error with its code, and the cause is for the operator', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  const exchange = permitted()
  await record.recorder.admit(exchange)
  const cause = new Error('connect http://me:hunter2@upstream refused')
  exchange.error = new UpstreamFailed('The upstream failed', { cause })
  record.recorder.settle(exchange)
  await record.recorder.flush()
  expect(record.published.at(-1)).toMatchObject({
    phase: 'outcome',
    event_type: 'mcp_request',
    status: 'error',
    code: 'upstream_failed',
    error: 'The upstream failed: connect http://[redacted]@upstream refused',
    response_status: 200,
  })
  await record.close()
})

test('a request that could not be read is refused on record with the server it named', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  record.recorder.settle(arrived({ face: 'rest', error: new UpstreamFailed('no') }))
  expect(record.published[0]).toMatchObject({
    phase: 'refusal',
    event_type: 'request_refused',
    status: 'refused',
    mcp_server: 'prod-server',
    response_status: 502,
    policy_decision: 'not decided: upstream_failed',
  })
  await record.close()
})

test('a denial is recorded as one, however it was told and whenever it came', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  record.recorder.settle({ ...denied(), error: new ItemNotFound('Unknown tool') })
  const late = permitted()
  await record.recorder.admit(late)
  late.error = denied().error as AccessDenied
  record.recorder.settle(late)
  const ended = record.published.filter(({ phase }) => phase !== 'intent')
  expect(ended.map(({ event_type, status }) => [event_type, status])).toEqual([
    ['policy_violation', 'denied'],
    ['policy_violation', 'denied'],
  ])
  await record.close()
})

test('what the gateway announces is on disk before it is done, and refused when it cannot be', async () => {
  const { disk, append, seqs } = fakeDisk()
  const recorder = recorderOn(append)
  const noted = { code: 'names_learned', status: 'success', error: 'a server is asked' } as const
  await recorder.announce(noted)
  expect(seqs()).toEqual([1])
  disk.full = true
  expect(await refusal(recorder.announce(noted))).toBeInstanceOf(RecordUnavailable)
  disk.full = false
  await recorder.announce(noted)
  expect(seqs()).toHaveLength(2)
  await recorder.close()
})
