import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createStdoutSink, type LineStream } from '../../../src/audit/sinks/stdout.ts'
import { until } from '../../support/until.ts'

type Done = Parameters<LineStream['write']>[1]

/** A pipe whose reader the test plays. */
const pipe = () => {
  const written: string[] = []
  const pending: Done[] = []
  const stream: LineStream = {
    write: (text, done) => {
      written.push(text)
      pending.push(done)
    },
    on: () => {},
  }
  return { stream, written, read: (cause?: Error) => pending.shift()?.(cause) }
}

test('a reader that does not read costs lines, which are counted, and no time', async () => {
  const { stream, written, read } = pipe()
  const sink = createStdoutSink({ stream, limit: 3 * '0123456789\n'.length, patience: 10 })
  for (let count = 0; count < 10; count++) sink.write('0123456789')
  expect(sink.status()).toMatchObject({ waiting: 3, dropped: 7 })
  await sink.close()
  expect(written).toEqual(['0123456789\n'])
  read()
  await until(() => written.length === 2)
  expect(written).toEqual(['0123456789\n', '0123456789\n0123456789\n'])
  read()
  await until(() => sink.status().waiting === 0)
  expect(sink.status()).toEqual({ state: 'up', problem: undefined, waiting: 0, dropped: 7 })
})

test('a write that fails is told and tried again', async () => {
  const { stream, written, read } = pipe()
  const sink = createStdoutSink({ stream, retryAfter: 2 })
  sink.write('a')
  read(new Error('EPIPE'))
  await until(() => sink.status().state === 'down')
  expect(sink.status()).toMatchObject({ state: 'down', problem: 'EPIPE', waiting: 1 })
  await until(() => written.length === 2)
  read()
  await until(() => sink.status().waiting === 0)
  expect(written).toEqual(['a\n', 'a\n'])
  expect(sink.status().state).toBe('up')
})

test('a closed pipe does not end the program', async () => {
  const program = join(import.meta.dir, 'write-to-closed-pipe.ts')
  const child = Bun.spawn([process.execPath, program], { stdout: 'pipe', stderr: 'pipe' })
  await child.stdout.cancel()
  expect(await new Response(child.stderr).text()).toBe('down EPIPE\n')
  expect(await child.exited).toBe(0)
})
