import { expect, test } from 'bun:test'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase, readRows } from '../../src/state/database.ts'
import { createWriter } from '../../src/state/writer.ts'
import { inspect, notesTable, temporaryDirectory } from './table.ts'

const workerUrl = new URL('../../src/state/record-worker.ts', import.meta.url).href

const failure = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (cause: unknown) => String(cause),
  )

test('a row is in the file when its append resolves', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const writer = createWriter({ table })
  await writer.append([[1, 'a']])
  expect(inspect(table.path).seqs).toEqual([1])
  await Promise.all([2, 3, 4].map((seq) => writer.append([[seq, 'line \u2028 \ud800 "quoted"']])))
  expect(inspect(table.path).seqs).toEqual([1, 2, 3, 4])
  await writer.close()
})

test('what is appended while a commit is in flight shares the next commit', async () => {
  using directory = temporaryDirectory()
  let batches = 0
  const counting = () => {
    const worker = new Worker(workerUrl)
    worker.addEventListener('message', () => batches++)
    return worker
  }
  const writer = createWriter({ table: notesTable(directory.path), createWorker: counting })
  const first = writer.append([[0, 'a']])
  // What belongs together comes in one turn of the event loop, and so does its commit.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const rest = Array.from({ length: 500 }, (_, index) => writer.append([[index + 1, 'b']]))
  await Promise.all([first, ...rest])
  expect(batches).toBe(2)
  await writer.close()
})

test('closing waits for what was appended and leaves no log behind', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const writer = createWriter({ table, batchRows: 2 })
  const appended = [1, 2, 3, 4, 5].map((seq) => writer.append([[seq, 'a']]))
  await writer.close()
  await Promise.all(appended)
  expect(await Bun.file(`${table.path}-wal`).exists()).toBe(false)
  expect(inspect(table.path).seqs).toEqual([1, 2, 3, 4, 5])
  expect(await failure(writer.append([[6, 'late']]))).toContain('closed')
})

test('a failed commit rejects everyone who waits, keeps nothing of it, and the next one works', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const writer = createWriter({ table })
  await writer.append([[1, 'a']])
  const taken = failure(writer.append([[2, 'b'], [1, 'taken']])) // biome-ignore format: one batch
  await Promise.resolve()
  const behind = failure(writer.append([[3, 'c']]))
  expect(await taken).toContain('UNIQUE')
  expect(await behind).toContain('UNIQUE')
  await writer.append([[4, 'd']])
  expect(inspect(table.path).seqs).toEqual([1, 4])
  await writer.close()
})

test('a full disk rejects, and space that returns is used', async () => {
  using directory = temporaryDirectory()
  const table = { ...notesTable(directory.path), maxPageCount: 12 }
  const writer = createWriter({ table })
  await writer.append([[1, 'x'.repeat(16_000)]])
  expect(await failure(writer.append([[2, 'x'.repeat(64_000)]]))).toContain('full')
  expect(await failure(writer.append([[3, 'x'.repeat(64_000)]]))).toContain('full')
  const other = openDatabase(notesTable(directory.path))
  other.run('DELETE FROM notes')
  other.close()
  await writer.append([[4, 'x'.repeat(16_000)]])
  await writer.close()
  expect(inspect(table.path)).toEqual({ seqs: [4], integrity: 'ok' })
})

test('a database that cannot be opened rejects until it can', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const folder = join(directory.path, 'state')
  await Bun.write(folder, 'a file where the directory should be')
  const writer = createWriter({ table })
  expect(await failure(writer.append([[1, 'a']]))).toContain('could not be written')
  await Bun.file(folder).delete()
  await writer.append([[2, 'b']])
  await writer.close()
})

test('rows are not written into a file that nobody finds any more', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const writer = createWriter({ table })
  await writer.append([[1, 'a']])
  renameSync(table.path, `${table.path}.moved`)
  expect(await failure(writer.append([[2, 'b']]))).toContain('removed or replaced')
  renameSync(`${table.path}.moved`, table.path)
  expect(await failure(writer.append([[3, 'c']]))).toContain('restart the gateway')
  await writer.close()
})

test('a Worker that dies is noticed and replaced', async () => {
  using directory = temporaryDirectory()
  const workers: Worker[] = []
  const createWorker = () => {
    const worker = new Worker(workerUrl)
    workers.push(worker)
    return worker
  }
  const writer = createWriter({ table: notesTable(directory.path), createWorker })
  await writer.append([[1, 'a']])
  const lost = failure(writer.append([[2, 'b'.repeat(1000)]]))
  const ended = new Promise((resolve) => workers[0]?.addEventListener('close', resolve))
  workers[0]?.terminate()
  expect([
    'resolved',
    'Error: the record could not be written: the writing thread ended',
  ]).toContain(await lost)
  await ended
  await writer.append([[3, 'c']])
  expect(workers.length).toBe(2)
  await writer.close()
})

test('a Worker that cannot start rejects instead of waiting for ever', async () => {
  using directory = temporaryDirectory()
  const createWorker = () => new Worker(new URL('./no-such-worker.ts', import.meta.url).href)
  const writer = createWriter({ table: notesTable(directory.path), createWorker })
  expect(await failure(writer.append([[1, 'a']]))).toContain('the writing thread ended')
})

test('after kill -9 under load every acknowledged row is there', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const acknowledged: number[] = []
  for (const delay of [60, 25, 90]) {
    const program = join(import.meta.dir, 'append-until-killed.ts')
    const first = (acknowledged.at(-1) ?? 0) + 1000
    const child = Bun.spawn([process.execPath, program, directory.path, String(first)])
    let text = ''
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (text === '') setTimeout(() => child.kill('SIGKILL'), delay)
      text += chunk
    }
    acknowledged.push(...text.split('\n').slice(0, -1).map(Number))
    openDatabase(table).close()
    const { seqs, integrity } = inspect(table.path)
    const stored = new Set(seqs)
    expect(integrity).toBe('ok')
    expect(acknowledged.filter((seq) => !stored.has(seq))).toEqual([])
  }
  expect(acknowledged.length).toBeGreaterThan(20)
})

test('readers in the serving thread see what the Worker committed', async () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const database = openDatabase(table)
  const writer = createWriter({ table })
  await writer.append([[7, 'a']])
  expect(readRows(database, 'SELECT max(seq) AS top FROM notes WHERE text = ?', 'a')).toEqual([
    { top: 7 },
  ])
  await writer.close()
  database.close()
})
