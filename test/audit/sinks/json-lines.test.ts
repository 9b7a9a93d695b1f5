import { expect, test } from 'bun:test'
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { toLine } from '../../../src/audit/event-line.ts'
import { createJsonLinesSink } from '../../../src/audit/sinks/json-lines.ts'
import type { AuditEvent } from '../../../src/core/events.ts'
import { temporaryDirectory } from '../exchanges.ts'

const line = (text: string) => `{"timestamp":${JSON.stringify(text)}}`

const wait = async (holds: () => boolean) => {
  for (let turn = 0; turn < 200 && !holds(); turn++) await Bun.sleep(5)
}

test('lines stand in the file in their order, for its owner alone', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const before = process.umask(0)
  const sink = createJsonLinesSink({ path })
  const lines = Array.from({ length: 3000 }, (_, index) => line(`${index}${'x'.repeat(300)}`))
  for (const each of lines) sink.write(each)
  await sink.close()
  process.umask(before)
  expect(readFileSync(path, 'utf8')).toBe(lines.map((each) => `${each}\n`).join(''))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(sink.status()).toEqual({ state: 'up', problem: undefined, waiting: 0, dropped: 0 })
})

test('a file that others can write is closed to them', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  writeFileSync(path, '', { mode: 0o644 })
  const before = process.umask(0)
  rmSync(path)
  writeFileSync(path, '', { mode: 0o666 })
  process.umask(before)
  await createJsonLinesSink({ path }).close()
  expect(statSync(path).mode & 0o777).toBe(0o644)
})

test('a symbolic link is refused with a sentence', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const target = join(directory.path, 'target')
  writeFileSync(target, '')
  symlinkSync(target, path)
  const sink = createJsonLinesSink({ path })
  sink.write(line('a'))
  await sink.close()
  expect(sink.status()).toMatchObject({ state: 'down', waiting: 1 })
  expect(sink.status().problem).toContain('symbolic link')
  expect(readFileSync(target, 'utf8')).toBe('')
})

test('a file that is moved or removed is created anew without losing a line', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const sink = createJsonLinesSink({ path })
  sink.write(line('first'))
  await sink.flush()
  renameSync(path, `${path}.1`)
  sink.write(line('second'))
  await sink.flush()
  rmSync(path)
  sink.write(line('third'))
  await sink.close()
  expect(readFileSync(`${path}.1`, 'utf8')).toBe(`${line('first')}\n`)
  expect(readFileSync(path, 'utf8')).toBe(`${line('third')}\n`)
})

test('reopening creates the file at once', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const sink = createJsonLinesSink({ path })
  await sink.flush()
  renameSync(path, `${path}.1`)
  sink.reopen?.()
  await sink.flush()
  expect(existsSync(path)).toBe(true)
  await sink.close()
})

test.each([
  ['part of a line is taken away', `${line('a')}\n{"timestamp":"2026-`, `${line('a')}\n`],
  [
    'a whole line without its end gets it',
    `${line('a')}\n${line('b')}`,
    `${line('a')}\n${line('b')}\n`,
  ],
  ['a file with nothing but part of a line is emptied', '{"time', ''],
  ['text that is not ours stays', 'a note of somebody', 'a note of somebody\n'],
])('after a kill in the middle of a write, %s', async (_, left, expected) => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  writeFileSync(path, left)
  const sink = createJsonLinesSink({ path })
  sink.write(line('next'))
  await sink.close()
  expect(readFileSync(path, 'utf8')).toBe(`${expected}${line('next')}\n`)
})

test('a full disk is told, nothing is lost within bounds, and traffic is not held up', async () => {
  const sink = createJsonLinesSink({ path: '/dev/full', limit: 100, retryAfter: 5 })
  const start = performance.now()
  for (let count = 0; count < 10; count++) sink.write(line('0123456789'))
  expect(performance.now() - start).toBeLessThan(20)
  await sink.flush()
  expect(sink.status()).toMatchObject({ state: 'down', waiting: 3, dropped: 7 })
  expect(sink.status().problem).toContain('ENOSPC')
  await sink.close()
})

test('what a full disk cuts off in the middle of a line is taken back', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const program = join(import.meta.dir, 'write-to-short-file.ts')
  const limited = `ulimit -f 10; exec "${process.execPath}" "${program}" "${path}"`
  const child = Bun.spawn(['bash', '-c', limited])
  expect(await new Response(child.stdout).text()).toBe('down 1\n')
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.map((each) => each.length > 3000)).toEqual([true, true, true, false])
  expect(lines.at(-1)).toBe('')
})

test('a file that can be written again gets what waited', async () => {
  using directory = temporaryDirectory()
  const folder = join(directory.path, 'later')
  const path = join(folder, 'audit.json')
  const sink = createJsonLinesSink({ path, retryAfter: 5 })
  sink.write(line('a'))
  await sink.flush()
  expect(sink.status().state).toBe('down')
  await Bun.write(join(folder, 'other'), '')
  await wait(() => sink.status().state === 'up')
  await sink.close()
  expect(readFileSync(path, 'utf8')).toBe(`${line('a')}\n`)
})

test('one event is one line, whatever its fields hold, and reads back as it was', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\u2028\u2029',
      '\u001b[2J\u009b31m',
      '"},{"',
      '\r\nX: y',
      '\u202eevil',
      '\u200b',
      '\ud800',
    ),
  )
  fc.assert(
    fc.property(hostile, hostile, (user, tool) => {
      const event = { seq: 1, user, tool_name: tool, parameters: { [tool]: user } }
      const text = toLine(event as unknown as AuditEvent)
      expect(text).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/,
      )
      expect(JSON.parse(text)).toEqual(event)
    }),
  )
})
