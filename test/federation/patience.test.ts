import { expect, test } from 'bun:test'
import { createPatience } from '../../src/federation/patience.ts'

const ASKED = { owner: 'ada', server: 'slow', method: 'tools/list' }
const BUDGET = 5
const LONG = 60_000

const start = (memory = LONG) => {
  const recovered: string[] = []
  const patience = createPatience({
    budget: BUDGET,
    memory,
    onRecovery: (owner) => void recovered.push(owner),
  })
  return { recovered, patience }
}
const never = () => new Promise<string>(() => undefined)
const client = () => new AbortController().signal
const problemOf = (asking: Promise<unknown>) =>
  asking.then(
    () => undefined,
    (cause: Error) => cause.message,
  )

test('who hangs is given up, and is told so', async () => {
  const { patience } = start()
  const told = Promise.withResolvers<unknown>()
  const ask = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => told.resolve(signal.reason))
    return never()
  }
  expect(await problemOf(patience.ask(ASKED, ask, client()))).toContain(`within ${BUDGET} ms`)
  expect(await told.promise).toMatchObject({ name: 'TimeoutError' })
})

test('who hung is asked once more while nobody waits, and everybody again when it answered', async () => {
  const { patience, recovered } = start()
  await problemOf(patience.ask(ASKED, never, client()))
  const late = Promise.withResolvers<string>()
  let asked = 0
  const probe = () => {
    asked++
    return late.promise
  }
  // No time passes here: these two are refused before anything is waited for.
  expect(await problemOf(patience.ask(ASKED, probe, client()))).toContain('asked again')
  expect(await problemOf(patience.ask(ASKED, probe, client()))).toContain('asked again')
  expect(asked).toBe(1)
  late.resolve('at last')
  while (recovered.length === 0) await Bun.sleep(1)
  expect(recovered).toEqual(['ada'])
  expect(await patience.ask(ASKED, async () => 'now', client())).toBe('now')
})

test('what one waited for in vain is nobody else’s, and of no other server or method', async () => {
  const { patience } = start()
  await problemOf(patience.ask(ASKED, never, client()))
  const now = async () => 'now'
  expect(await patience.ask({ ...ASKED, owner: 'bob' }, now, client())).toBe('now')
  expect(await patience.ask({ ...ASKED, server: 'quick' }, now, client())).toBe('now')
  expect(await patience.ask({ ...ASKED, method: 'prompts/list' }, now, client())).toBe('now')
})

test('who cannot even be opened is asked for nothing', async () => {
  const { patience } = start()
  await problemOf(patience.ask({ ...ASKED, method: 'initialize' }, never, client()))
  expect(await problemOf(patience.ask(ASKED, never, client()))).toContain('asked again')
})

test('who fails at once hangs no more', async () => {
  const { patience } = start()
  await problemOf(patience.ask(ASKED, never, client()))
  const fails = () => Promise.reject(new Error('refused'))
  await problemOf(patience.ask(ASKED, fails, client()))
  expect(await problemOf(patience.ask(ASKED, fails, client()))).toBe('refused')
})

test('what is remembered fades', async () => {
  const { patience } = start(1)
  await problemOf(patience.ask(ASKED, never, client()))
  const now = async () => 'now'
  while ((await problemOf(patience.ask(ASKED, now, client()))) !== undefined) await Bun.sleep(1)
})

test('a client that leaves has waited for nobody in vain', async () => {
  const { patience } = start()
  const leaving = new AbortController()
  const ask = (signal: AbortSignal) =>
    new Promise<string>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('left'))),
    )
  const asking = problemOf(patience.ask(ASKED, ask, leaving.signal))
  leaving.abort()
  expect(await asking).toBe('left')
  expect(await patience.ask(ASKED, async () => 'now', client())).toBe('now')
})
