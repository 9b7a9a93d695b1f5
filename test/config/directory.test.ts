import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDirectory } from '../../src/config/directory.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'

const root = mkdtempSync(join(tmpdir(), 'directory-'))
afterAll(() => rmSync(root, { recursive: true }))
const make = (name: string, file?: string) => {
  const path = join(root, name)
  mkdirSync(join(path, 'policies'), { recursive: true })
  if (file) writeFileSync(join(path, file), '')
  return path
}
const empty = make('empty')
const find = (workingDirectory: string, environment: Record<string, string> = {}, flag?: string) =>
  findDirectory({ flag, environment, workingDirectory, home: '/home/dev' })

describe('the configuration directory', () => {
  test.each(['mcp_servers.yaml', 'policies/policy.yaml'])(
    'is the working directory when it holds %s, with the state beside it',
    (file) => {
      const here = make(`with-${file.replaceAll('/', '-')}`, file)
      expect(find(here)).toEqual({ directory: here, stateDirectory: join(here, '.datacline') })
    },
  )

  test('is the one of XDG otherwise, with the state in its own place', () => {
    expect(find(empty)).toEqual({
      directory: '/home/dev/.config/datacline',
      stateDirectory: '/home/dev/.local/state/datacline',
    })
    expect(find(empty, { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' })).toEqual({
      directory: '/c/datacline',
      stateDirectory: '/s/datacline',
    })
  })

  test('ignores relative XDG paths, as the specification says', () => {
    const environment = { XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: '' }
    expect(find(empty, environment)).toEqual(find(empty))
  })

  test('is the one that --config names, before DATACLINE_CONFIG, relative to the working directory', () => {
    const other = make('other', 'mcp_servers.yaml')
    expect(find(other, { DATACLINE_CONFIG: '../other' }, '../empty').directory).toBe(empty)
    expect(find(other, { DATACLINE_CONFIG: empty }).directory).toBe(empty)
    expect(find(other, {}, empty).stateDirectory).toBe(join(empty, '.datacline'))
  })

  test('is a fault when it was named and is not there', () => {
    expect(() => find(empty, {}, 'nowhere')).toThrow(
      new SettingsFault('--config: expected a directory, got "nowhere"'),
    )
    const file = join(make('file', 'mcp_servers.yaml'), 'mcp_servers.yaml')
    expect(() => find(empty, { DATACLINE_CONFIG: file })).toThrow(
      new SettingsFault(`DATACLINE_CONFIG (environment): expected a directory, got "${file}"`),
    )
  })
})
