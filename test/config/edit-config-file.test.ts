import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { editConfigFile } from '../../src/config/edit-config-file.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'
import { temporaryDirectory } from '../support/datacline.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let path: string
beforeEach(async () => {
  directory = await temporaryDirectory()
  path = join(directory.path, 'servers.yaml')
})
afterEach(() => directory.remove())

const clock = { now: () => Date.now(), sleep: (ms: number) => Bun.sleep(ms) }
const edit = (change: (text: string) => string, at = path, holdsSecrets = false) =>
  editConfigFile(at, 'servers.yaml', (text) => ({ text: change(text), holdsSecrets }), clock)
const mode = (at: string) => (statSync(at).mode & 0o777).toString(8)

describe('editing a configuration file', () => {
  test('makes it where there is none, with its directory, and leaves nothing beside it', async () => {
    const at = join(directory.path, 'deep/er/servers.yaml')
    expect(await edit(() => 'a: 1\n', at)).toBe(true)
    expect(await directory.read('deep/er/servers.yaml')).toBe('a: 1\n')
    expect(readdirSync(join(directory.path, 'deep/er'))).toEqual(['servers.yaml'])
  })

  test('says when nothing changed, and does not touch the file then', async () => {
    writeFileSync(path, 'a: 1\n')
    utimesSync(path, 1, 1)
    const { ino } = statSync(path)
    expect(await edit((text) => text)).toBe(false)
    expect(statSync(path)).toMatchObject({ ino, mtimeMs: 1000 })
  })

  test('keeps the rights, and takes those of others away when secrets come in', async () => {
    writeFileSync(path, 'a: 1\n')
    chmodSync(path, 0o664)
    await edit((text) => `${text}b: 2\n`)
    expect(mode(path)).toBe('664')
    await edit((text) => `${text}c: 3\n`, path, true)
    expect(mode(path)).toBe('600')
    await edit((text) => `${text}d: 4\n`)
    expect(mode(path)).toBe('600')
  })

  test('a new file that holds secrets is for its owner alone from its first moment', async () => {
    await edit(() => 'secret: 1\n', path, true)
    expect(mode(path)).toBe('600')
  })

  test.each([true, false])(
    'writes through a symbolic link (to a file there is: %j)',
    async (is) => {
      const real = join(directory.path, 'real.yaml')
      if (is) writeFileSync(real, 'a: 1\n')
      symlinkSync('real.yaml', path)
      await edit((text) => `${text}b: 2\n`)
      expect(lstatSync(path).isSymbolicLink()).toBe(true)
      expect(await directory.read('real.yaml')).toBe(is ? 'a: 1\nb: 2\n' : 'b: 2\n')
    },
  )

  test('an edit that fails leaves the file as it was', async () => {
    writeFileSync(path, 'a: 1\n')
    const broken = edit(() => {
      throw new RangeError('no')
    })
    await expect(broken).rejects.toThrow(RangeError)
    expect(readdirSync(directory.path)).toEqual(['servers.yaml'])
    expect(await directory.read('servers.yaml')).toBe('a: 1\n')
  })

  test('what the file system says is told in words', async () => {
    mkdirSync(path)
    await expect(edit(() => 'a')).rejects.toThrow(
      new SettingsFault('servers.yaml: is a directory, expected a file'),
    )
    writeFileSync(join(directory.path, 'latin'), new Uint8Array([0xe9]))
    await expect(edit(() => 'a', join(directory.path, 'latin'))).rejects.toThrow(
      'is not UTF-8 text',
    )
  })

  test('no edit is lost when many come at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name) => edit((text) => `${text}${name}\n`)))
    expect((await directory.read('servers.yaml')).trim().split('\n').sort()).toEqual(names.sort())
  })

  test('a lock that a killed editor left is taken over; a fresh one is waited for in vain', async () => {
    const lock = join(directory.path, '.servers.yaml.lock')
    writeFileSync(lock, '')
    let time = statSync(lock).mtimeMs
    const quick = { now: () => (time += 500), sleep: async () => undefined }
    const wanted = (text: string) => ({ text: `${text}b`, holdsSecrets: false })
    await expect(editConfigFile(path, 'servers.yaml', wanted, quick)).rejects.toThrow(
      'is editing it',
    )
    time = statSync(lock).mtimeMs + 20_000
    expect(await editConfigFile(path, 'servers.yaml', wanted, quick)).toBe(true)
  })
})
