import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { completionText } from '../../src/cli/completion.ts'
import { bareEnvironment, datacline, temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

const directory = await temporaryDirectory()
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ args: ['--no-auth'] })
})
afterAll(async () => {
  await gateway.close()
  directory.remove()
})

const complete = async (...words: string[]) => {
  const { code, stdout, stderr } = await datacline(['__complete', '--', ...words], {
    cwd: directory.path,
    env: { DATACLINE_GATEWAY: gateway.url },
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0])
}

describe('completion', () => {
  test.each([
    [['in'], ['invoke', ':end']],
    [
      ['tools', ''],
      ['ls', 'show', ':end'],
    ],
    [
      ['invoke', ''],
      ['demo', ':end'],
    ],
    [
      ['invoke', 'demo', 'se'],
      ['search_docs', 'send_email', ':end'],
    ],
    [
      ['invoke', 'demo', 'add', ''],
      ['a=', 'b=', ':end'],
    ],
    [
      ['invoke', 'demo', 'add', 'a=1', ''],
      ['b=', ':end'],
    ],
    [
      ['invoke', 'demo', '--dry'],
      ['--dry-run', ':end'],
    ],
    [
      ['--json', 'list-tools', ''],
      ['demo', ':end'],
    ],
    [
      ['list-tools', 'demo', '--format', ''],
      ['table', 'json', ':end'],
    ],
    [
      ['config', 'schema', ''],
      ['servers', 'policy', ':end'],
    ],
    [
      ['help', 'ex'],
      ['exit-codes', ':end'],
    ],
    [
      ['serve', '--theme', ''],
      ['default', 'light', 'high-contrast', 'mono', ':end'],
    ],
    [
      ['audit', 'query', '-o', 'h'],
      ['har', 'html', ':end'],
    ],
    [
      ['audit', 'show', '4', '-o', 'm'],
      ['markdown', ':end'],
    ],
    [
      ['servers', 'logs', 'demo', '--fo'],
      ['--follow', ':end'],
    ],
    [['invoke', 'demo', 'add', '--params-file', 'x'], [':files']],
    [['invoke', '--gateway', 'http://127.0.0.1:9', ''], [':end']],
    [['nonsense', ''], [':end']],
  ])('%j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected)
  })

  test('a gateway that does not answer is not waited for', async () => {
    const stalled = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
    const startedAt = performance.now()
    const url = `http://127.0.0.1:${stalled.port}`
    expect(await complete('invoke', '--gateway', url, '')).toEqual([':end'])
    stalled.stop(true)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  test('a name that a shell would run is not offered', () => {
    const candidates = ['$(id)', 'a b', 'x;y', 'a`b', 'fine-name', 'h\u001bi'].map((word) => ({
      word,
      help: '',
    }))
    expect(completionText({ candidates, files: false })).toBe('fine-name\n:end\n')
  })

  test('bash completes through the script', async () => {
    const program = join(directory.path, 'datacline')
    await Bun.write(
      program,
      `#!/bin/sh\nexec ${PROGRAM.map((word) => `'${word}'`).join(' ')} "$@"\n`,
    )
    await chmod(program, 0o755)
    const script = `
      source <(datacline completion bash)
      try() {
        COMP_LINE="$1" COMP_POINT=\${#1} COMPREPLY=()
        _datacline 2>/dev/null
        echo "\${COMPREPLY[*]}"
      }
      try 'datacline invoke demo sl'
      try 'datacline invoke demo add '
      try 'datacline list-'
    `
    const child = Bun.spawn(['bash', '--norc', '-c', script], {
      cwd: directory.path,
      env: {
        ...bareEnvironment(directory.path, { DATACLINE_GATEWAY: gateway.url }),
        PATH: `${directory.path}:${process.env.PATH}`,
      },
      stdout: 'pipe',
    })
    expect((await child.stdout.text()).split('\n')).toEqual([
      'slow',
      'a= b=',
      'list-servers list-tools list-resources list-prompts',
      '',
    ])
  })
})
