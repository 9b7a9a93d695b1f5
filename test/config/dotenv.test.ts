import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseDotenv, readDotenv } from '../../src/config/dotenv.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'

const values = (text: string) =>
  Object.fromEntries([...parseDotenv(text)].map(([name, { value }]) => [name, value]))

describe('a .env file', () => {
  test.each([
    ['a plain value', 'PORT=8000', { PORT: '8000' }],
    ['an empty value', 'PORT=', { PORT: '' }],
    ['blanks around name and value', '  PORT =  8000  ', { PORT: '8000' }],
    ['blanks inside a value', 'NAME=two words', { NAME: 'two words' }],
    ['export', 'export PORT=8000', { PORT: '8000' }],
    ['a name called export', 'export=1', { export: '1' }],
    ['a comment line', '# PORT=1\n  # two\nPORT=2', { PORT: '2' }],
    ['a comment behind a value', 'PORT=8000 # the door', { PORT: '8000' }],
    ['a comment instead of a value', 'PORT= # the door', { PORT: '' }],
    ['a hash inside a value', 'PASSWORD=a#b', { PASSWORD: 'a#b' }],
    ['a hash that begins a value', 'COLOUR=#fff', { COLOUR: '#fff' }],
    ['a hash inside quotes', 'PASSWORD="a # b"', { PASSWORD: 'a # b' }],
    ['a comment behind quotes', 'PASSWORD="a" # b', { PASSWORD: 'a' }],
    ['an equals sign in a value', 'URL=http://x/?a=b', { URL: 'http://x/?a=b' }],
    ['a quote inside a value', "NAME=it's", { NAME: "it's" }],
    ['escapes in double quotes', 'A="x\\n\\t\\"\\\\\\d"', { A: 'x\n\t"\\\\d' }],
    ['no escapes in single quotes', String.raw`A='x\n"'`, { A: String.raw`x\n"` }],
    ['several lines in quotes', 'A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['Windows line ends', 'A=1\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
    ['a byte order mark', '\uFEFFA=1', { A: '1' }],
    ['no expansion', 'A=1\nB=$A$(A)\nC="$A"', { A: '1', B: '$A$(A)', C: '$A' }],
    ['the last of two', 'A=1\nA=2', { A: '2' }],
    [
      'names that are no settings (flaw F35)',
      'GITHUB_MCP_PAT=x\nmy-key.two=3',
      { GITHUB_MCP_PAT: 'x', 'my-key.two': '3' },
    ],
    ['nothing', '', {}],
  ])('%s is read', (_name, text, expected) => {
    expect(values(text)).toEqual(expected)
  })

  test.each([
    ['a line without =', 'A=1\nhunter2', '.env:2: expected NAME=value'],
    ['export without a value', 'export A', '.env:1: expected NAME=value'],
    ['a name with a blank', 'A B=1', '.env:1: expected NAME=value'],
    ['a name that starts with a digit', '1A=1', '.env:1: expected NAME=value'],
    ['an open double quote', 'A=1\nB="hunter2\nC=3', '.env:2: the quote " is never closed'],
    ['an open single quote', "B='hunter2\\n", ".env:1: the quote ' is never closed"],
    [
      'text behind quotes',
      'A="one\ntwo" hunter2',
      '.env:2: expected nothing but a comment after the closing quote',
    ],
  ])('%s is refused, without showing the line', (_name, text, message) => {
    expect(() => parseDotenv(text)).toThrow(new SettingsFault(message))
  })

  test('every entry knows its line, also behind values of several lines', () => {
    const entries = parseDotenv('# one\nA="2\n3"\n\nB=5\r\nC=6\n')
    expect([...entries].map(([name, { line }]) => [name, line])).toEqual([
      ['A', 2],
      ['B', 5],
      ['C', 6],
    ])
  })

  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/)
  const anyText = fc.string({ unit: 'binary' })
  const escaped = (value: string) =>
    `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n')}"`

  test('any value survives double quotes', () => {
    fc.assert(
      fc.property(fc.dictionary(name, anyText, { noNullPrototype: true }), (wanted) => {
        const text = Object.entries(wanted).map(([key, value]) => `${key}=${escaped(value)}`)
        expect(values(text.join('\n'))).toEqual(wanted)
      }),
    )
  })

  test('any text without a single quote survives single quotes, line ends apart', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const value = raw.replaceAll("'", '').replaceAll('\r\n', '\n')
        expect(values(`A='${value}' # '\nB=1`)).toEqual({ A: value, B: '1' })
      }),
    )
  })

  test('any text is read or refused with its line, and nothing else happens', () => {
    const pieces = fc.constantFrom(
      'A',
      '=',
      '"',
      "'",
      '#',
      ' ',
      '\n',
      '\r\n',
      '\\',
      'export ',
      '\t',
    )
    fc.assert(
      fc.property(
        fc.array(pieces).map((parts) => parts.join('')),
        (text) => {
          try {
            const lines = text.split('\n').length
            for (const { line } of parseDotenv(text).values()) expect(line <= lines).toBe(true)
          } catch (fault) {
            expect(String(fault)).toMatch(/^SettingsFault: \.env:\d+: (?:expected|the quote)/)
          }
        },
      ),
    )
  })

  test('a directory without one has no variables, and gets none (flaw F36)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'dotenv-'))
    expect(readDotenv(directory).size).toBe(0)
    expect([...new Bun.Glob('*').scanSync({ cwd: directory, dot: true })]).toEqual([])
    writeFileSync(join(directory, '.env'), Uint8Array.of(0x41, 0x3d, 0xff))
    expect(() => readDotenv(directory)).toThrow('.env: is not UTF-8 text')
    rmSync(directory, { recursive: true })
  })
})
