import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileWatch, watchFile } from '../../src/lib/watch-file.ts'
import { until } from '../support/until.ts'

let home = ''
let watch: FileWatch | undefined
let changes = 0

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'watch-'))
  changes = 0
})
afterEach(() => {
  watch?.close()
  rmSync(home, { recursive: true, force: true })
})

const follow = (path: string) => {
  watch = watchFile(path, () => changes++, { debounce: 15, poll: 40 })
}
const reaches = async (count: number) => {
  await until(() => changes >= count)
  // Time for one report too many.
  await Bun.sleep(60)
  expect(changes).toBe(count)
}

describe('a watched file is reported once', () => {
  test('when it is written over', async () => {
    const path = join(home, 'file')
    writeFileSync(path, 'a')
    follow(path)
    // Of another length: a file system may give two writes in a row the same time.
    writeFileSync(path, 'bb')
    await reaches(1)
  })

  test('when another one is renamed over it, as editors do', async () => {
    const path = join(home, 'file')
    writeFileSync(path, 'a')
    follow(path)
    writeFileSync(`${path}.new`, 'b')
    renameSync(`${path}.new`, path)
    await reaches(1)
    writeFileSync(path, 'c')
    await reaches(2)
  })

  test('when it goes, and when it comes back', async () => {
    const path = join(home, 'file')
    writeFileSync(path, 'a')
    follow(path)
    rmSync(path)
    await reaches(1)
    writeFileSync(path, 'a')
    await reaches(2)
  })

  test('when its directory appears later, goes, and appears anew', async () => {
    const path = join(home, 'later', 'file')
    follow(path)
    for (const count of [1, 3]) {
      mkdirSync(join(home, 'later'))
      writeFileSync(path, 'a')
      await reaches(count)
      rmSync(join(home, 'later'), { recursive: true })
      await reaches(count + 1)
    }
  })

  test('when a symlink on the way is pointed elsewhere, as mounted config maps do', async () => {
    for (const version of ['one', 'two']) {
      mkdirSync(join(home, version))
      writeFileSync(join(home, version, 'file'), version)
    }
    symlinkSync('one', join(home, 'current'))
    symlinkSync(join('current', 'file'), join(home, 'file'))
    follow(join(home, 'file'))
    symlinkSync('two', join(home, 'next'))
    renameSync(join(home, 'next'), join(home, 'current'))
    await reaches(1)
  })

  test('when the last of many small writes is done', async () => {
    const path = join(home, 'file')
    writeFileSync(path, 'a')
    // Far longer than the pauses between the writes, also on a machine that is busy.
    watch = watchFile(path, () => changes++, { debounce: 1_500, poll: 40 })
    for (let round = 0; round < 10; round++) {
      appendFileSync(path, 'b')
      await Bun.sleep(10)
    }
    expect(changes).toBe(0)
    await reaches(1)
  })
})

describe('a watched file is not reported', () => {
  test('when its neighbours change, nor after closing', async () => {
    const path = join(home, 'file')
    writeFileSync(path, 'a')
    follow(path)
    writeFileSync(join(home, 'other'), 'b')
    await reaches(0)
    watch?.close()
    writeFileSync(path, 'b')
    await reaches(0)
  })
})
