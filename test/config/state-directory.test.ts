import { afterAll, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAttachToken, writeAttachToken } from '../../src/config/attach-token.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'
import { prepareStateDirectory } from '../../src/config/state-directory.ts'

const root = mkdtempSync(join(tmpdir(), 'state-'))
afterAll(() => rmSync(root, { recursive: true }))
const userId = process.getuid?.()
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const withUmask = <T>(mask: number, act: () => T): T => {
  const before = process.umask(mask)
  try {
    return act()
  } finally {
    process.umask(before)
  }
}
let count = 0
const fresh = () => join(root, `s${count++}`, '.datacline')
const prepared = () => {
  const path = fresh()
  prepareStateDirectory(path, userId)
  return path
}
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe('the state directory', () => {
  test.each([0o000, 0o022, 0o777])('is for us alone, whatever the umask (%p)', (mask) => {
    const path = fresh()
    mkdirSync(join(path, '..'))
    withUmask(mask, () => prepareStateDirectory(path, userId))
    expect(mode(path)).toBe('700')
  })

  test('is made with its parents, closed too, and can be prepared again', () => {
    const path = join(root, 'deep', 'er', 'datacline')
    withUmask(0, () => prepareStateDirectory(path, userId))
    prepareStateDirectory(path, userId)
    expect(mode(join(root, 'deep', 'er'))).toBe('700')
  })

  test('that was open to others is closed', () => {
    const path = prepared()
    chmodSync(path, 0o777)
    prepareStateDirectory(path, userId)
    expect(mode(path)).toBe('700')
  })

  test('stays out of git', () => {
    expect(readFileSync(join(prepared(), '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('that is a symbolic link is refused, and its target left alone', () => {
    const target = join(root, 'target')
    mkdirSync(target, { mode: 0o755 })
    symlinkSync(target, join(root, 'link'))
    expect(() => prepareStateDirectory(join(root, 'link'), userId)).toThrow(
      new SettingsFault(`state directory ${join(root, 'link')}: is a symbolic link`),
    )
    expect(mode(target)).toBe('755')
  })

  test('that is a file is refused', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => prepareStateDirectory(join(root, 'file'), userId)).toThrow('is not a directory')
    expect(() => prepareStateDirectory(join(root, 'file', 'x'), userId)).toThrow(SettingsFault)
  })

  test('of another user is refused', () => {
    expect(() => prepareStateDirectory(prepared(), 12_345)).toThrow('belongs to another user')
  })
})

describe('the attach token', () => {
  test('is 32 random bytes, new at every start, in a file for us alone', () => {
    const path = prepared()
    const first = withUmask(0, () => writeAttachToken(path, random))
    expect(Buffer.from(first, 'base64url')).toHaveLength(32)
    expect(readAttachToken(path)).toBe(first)
    expect(mode(join(path, 'operator.token'))).toBe('600')
    const second = withUmask(0o777, () => writeAttachToken(path, random))
    expect(second).not.toBe(first)
    expect(readAttachToken(path)).toBe(second)
  })

  test('replaces a link in its place, and never writes or reads through one', () => {
    const path = prepared()
    const victim = join(root, 'victim')
    writeFileSync(victim, 'precious')
    for (const name of ['operator.token', 'operator.token.new'])
      symlinkSync(victim, join(path, name))
    expect(() => readAttachToken(path)).toThrow('operator.token: is a symbolic link')
    const token = writeAttachToken(path, random)
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readAttachToken(path)).toBe(token)
  })

  test('that others can read is not trusted', () => {
    const path = prepared()
    writeAttachToken(path, random)
    chmodSync(join(path, 'operator.token'), 0o644)
    expect(() => readAttachToken(path)).toThrow('other users can read it; restart the gateway')
  })

  test('that cannot be written stops the start', () => {
    expect(() => writeAttachToken(join(root, 'nowhere'), random)).toThrow(
      new SettingsFault(`${join(root, 'nowhere', 'operator.token')}: no such file`),
    )
  })

  test('is absent where no gateway ran', () => {
    expect(readAttachToken(prepared())).toBeUndefined()
    expect(readAttachToken(join(root, 'nowhere'))).toBeUndefined()
  })
})
