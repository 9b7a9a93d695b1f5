import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, copyFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { datacline, temporaryDirectory } from '../support/datacline.ts'
import { startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import { until } from '../support/until.ts'

const BINARY = resolve(import.meta.dir, '../../dist/datacline')

describe('the compiled binary', () => {
  let empty: Awaited<ReturnType<typeof temporaryDirectory>>
  beforeAll(async () => {
    // Complete means: nothing but this one file, in a directory that holds nothing else.
    empty = await temporaryDirectory()
    await copyFile(BINARY, join(empty.path, 'datacline'))
    await chmod(join(empty.path, 'datacline'), 0o755)
  })
  afterAll(() => empty.remove())

  test('is what this suite runs', () => {
    expect(PROGRAM).toEqual([BINARY])
  })

  test('serves, decides and records in an empty directory', async () => {
    const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
    const ran = await datacline(['invoke', 'demo', 'add', 'a=2', 'b=3', '--json'], {
      cwd: empty.path,
      env: { DATACLINE_GATEWAY: gateway.url },
    })
    expect(JSON.parse(ran.stdout)).toMatchObject({ success: true, result: { sum: 5 } })
    await until(() => gateway.stdout().includes('"tool_name":"add"'))
    await gateway.close()
  })

  test('executes no bunfig.toml and reads no .env of the directory it is started in', async () => {
    const hostile = await temporaryDirectory({
      'bunfig.toml': 'preload = ["./evil.ts"]\n',
      'evil.ts': 'await Bun.write("executed", "yes")\n',
      '.env': 'AUTH_ENABLED=fasle\n',
    })
    const ran = await datacline(['version'], { cwd: hostile.path })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(await Bun.file(join(hostile.path, 'executed')).exists()).toBe(false)
    const help = await datacline(['config', 'path', '--config', empty.path], { cwd: hostile.path })
    expect(help.code).toBe(0)
    await hostile.remove()
  })

  test('knows which commit it was built from', async () => {
    const { stdout } = await datacline(['version', '--json'], { cwd: empty.path })
    expect(JSON.parse(stdout)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      commit: expect.stringMatching(/^[0-9a-f]{7,40}$/),
    })
  })
})
