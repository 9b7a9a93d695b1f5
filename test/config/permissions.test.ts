import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDotenv } from '../../src/config/dotenv.ts'
import { holdsSecrets, permissionWarnings } from '../../src/config/permissions.ts'

const root = mkdtempSync(join(tmpdir(), 'permissions-'))
afterAll(() => rmSync(root, { recursive: true }))
const userId = process.getuid?.() ?? 0
const path = join(root, 'policy.yaml')
writeFileSync(path, '')
const warnings = (mode: number, secret: boolean) => {
  chmodSync(path, mode)
  return permissionWarnings([{ path, secret }], root, userId)
}

describe('a configuration file', () => {
  test.each<[number, boolean]>([
    [0o644, false],
    [0o600, true],
    [0o400, true],
  ])('with mode %o (secrets: %p) is no reason to warn', (mode, secret) => {
    expect(warnings(mode, secret)).toEqual([])
  })

  test.each([
    [0o664, '0664'],
    [0o646, '0646'],
    [0o666, '0666'],
  ])('that others can change is a warning (%o)', (mode, shown) => {
    expect(warnings(mode, false)).toEqual([
      `policy.yaml: other users can change it (mode ${shown}); chmod go-w`,
    ])
  })

  test.each([0o640, 0o604, 0o644])(
    'with secrets that others can read is a warning (%o)',
    (mode) => {
      expect(warnings(mode, true)[0]).toStartWith(
        'policy.yaml: holds secrets and other users can read it',
      )
    },
  )

  test.skipIf(userId === 0)('of root is no reason to warn', () => {
    expect(permissionWarnings([{ path: '/etc/passwd', secret: false }], '/etc', userId)).toEqual([])
  })

  test.skipIf(userId !== 0)('of another user is a warning', () => {
    chmodSync(path, 0o600)
    chownSync(path, 12_345, 12_345)
    const found = permissionWarnings([{ path, secret: false }], root, userId)
    chownSync(path, 0, 0)
    expect(found).toEqual(['policy.yaml: belongs to another user, who can change it'])
  })

  test('that is not there is no reason to warn, nor is one on a system without owners', () => {
    const file = { path: join(root, 'nowhere.yaml'), secret: true }
    expect(permissionWarnings([file], root, userId)).toEqual([])
    chmodSync(path, 0o666)
    expect(permissionWarnings([{ path, secret: true }], root, undefined)).toEqual([])
  })
})

test.each([
  ['GITHUB_MCP_PAT=x', true],
  ['NOTION_TOKEN=x', true],
  ['DB_PASSWORD=x', true],
  ['API_KEY=x', true],
  ['API_KEY=', false],
  ['TOKEN_CACHE_TTL=300\nKEYCLOAK_URL=http://k\nMONKEY=1', false],
])('.env with %p holds secrets: %p', (text, expected) => {
  expect(holdsSecrets(parseDotenv(text))).toBe(expected)
})
