import { afterEach, beforeEach, expect, test } from 'bun:test'
import { datacline, onTerminal, temporaryDirectory } from '../support/datacline.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory({ 'empty.jsonl': '', 'wrong.jsonl': '{"a":1}\n' })
})
afterEach(() => directory.remove())

test('off a terminal the screen is a sentence and exit code 2', async () => {
  const ran = await datacline(['tui'], { cwd: directory.path })
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain('the screen needs a terminal')
  expect(ran.stderr).toContain('hint:')
  expect(ran.stdout).toBe('')
})

test.each([{ CI: 'true' }, { TERM: 'dumb' }])('where nobody watches, too: %j', async (env) => {
  const terminal = onTerminal(['tui'], { cwd: directory.path, env })
  expect(await terminal.ended).toBe(2)
  expect(terminal.shown()).toContain('nobody watches')
})

test.each([
  ['missing.jsonl', 2, 'there is no such file'],
  ['empty.jsonl', 2, 'holds no event'],
  ['wrong.jsonl', 2, 'line 1 is no event'],
])('a recording that is none is a sentence: %s', async (file, code, sentence) => {
  const terminal = onTerminal(['tui', '--file', file], { cwd: directory.path })
  expect(await terminal.ended).toBe(code)
  expect(terminal.shown()).toContain(sentence)
})

test('a gateway that is not there is a sentence, not a screen', async () => {
  const args = ['tui', '--gateway', 'http://127.0.0.1:1', '--token', 'x']
  const terminal = onTerminal(args, { cwd: directory.path })
  expect(await terminal.ended).toBe(6)
  expect(terminal.shown()).toContain('no gateway at http://127.0.0.1:1')
})

test('keys of one’s own are listed, and what cannot be is a sentence with its line', async () => {
  const keys = `${directory.path}/keys.yaml`
  const ask = () =>
    datacline(['tui', '--list-keys', '--keys', 'keys.yaml'], { cwd: directory.path })
  expect((await ask()).stderr).toContain('no such file')
  await Bun.write(keys, 'replay: ctrl-r\n')
  const listed = await ask()
  expect(listed.code).toBe(0)
  expect(listed.stdout).toMatch(/traffic +ctrl-r +replay /)
  await Bun.write(keys, '# mine\nreplai: r\n')
  const wrong = await ask()
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain(
    'keys.yaml:2:1 replai: there is no such command; did you mean "replay"?',
  )
})
