import { describe, expect, test } from 'bun:test'
import { parseKeys } from '../../src/config/keys-file.ts'
import { nearest } from '../../src/lib/nearest.ts'
import { keyFault, keysTable } from '../../tui/key-overrides.ts'
import { bindingsAt, KEYMAP, lookUp, withKeys } from '../../tui/keymap.ts'

const faultOf = (text: string): string | undefined => {
  const { keys, fault } = parseKeys(text, 'keys.yaml')
  const wrong = keyFault(keys, nearest)
  return wrong === undefined ? undefined : fault(wrong.command, wrong.sentence).message
}

describe('keys of one’s own', () => {
  test('take the place of those of the table, in hints and help too', () => {
    const { keys } = parseKeys('replay: ctrl-r\nscreen stats: ["5", S]\nclear: []\n', 'keys.yaml')
    expect(keyFault(keys, nearest)).toBeUndefined()
    const keymap = withKeys(KEYMAP, keys)
    expect(lookUp(keymap, 'traffic', 'ctrl-r')).toEqual({ command: 'replay' })
    expect(lookUp(keymap, 'traffic', 'r')).toBeUndefined()
    expect(lookUp(keymap, 'traffic', 'x')).toBeUndefined()
    expect(lookUp(keymap, 'log', 'S')).toEqual({ command: 'screen stats' })
    expect(bindingsAt(keymap, 'traffic').find(({ hint }) => hint === 'replay')?.keys).toEqual([
      'ctrl-r',
    ])
    expect(keysTable(keys)).toMatch(/traffic +ctrl-r +replay +call again/)
  })

  test('are all named in the table, also one that is a blank', () => {
    expect(keysTable({})).toMatch(/detail +space +fold /)
  })

  test('may be given to a command that has none', () => {
    const { keys } = parseKeys('deny: D\n', 'keys.yaml')
    expect(keyFault(keys, nearest)).toBeUndefined()
    expect(lookUp(withKeys(KEYMAP, keys), 'traffic', 'D')).toEqual({ command: 'deny' })
  })

  test.each([
    ['a: x\nreplai: r\n', /^keys.yaml:1:1 a: there is no such command/],
    [
      'replai: ctrl-r\n',
      /^keys.yaml:1:1 replai: there is no such command; did you mean "replay"\?/,
    ],
    ['mark: M\n', /^keys.yaml:1:1 mark: "M" is the key of "marked" already/],
    ['mark: pagdown\n', /"pagdown" is no key; did you mean "pagedown"\?/],
  ])('%j is refused with its line and the nearest name', (text, sentence) => {
    expect(faultOf(text)).toMatch(sentence)
  })

  test('that are no keys at all are refused', () => {
    expect(() => parseKeys('mark: 5\n', 'keys.yaml')).toThrow(/^keys.yaml:1:/)
    expect(() => parseKeys('- mark\n', 'keys.yaml')).toThrow()
  })

  test('the table itself has no two commands with one key in one place', () => {
    const all = Object.fromEntries(KEYMAP.map(({ command, keys }) => [command, keys]))
    for (const { command, place, keys } of KEYMAP) {
      const others = KEYMAP.filter((each) => each.place === place && each.command !== command)
      expect(others.flatMap((each) => each.keys).filter((key) => keys.includes(key))).toEqual([])
    }
    expect(Object.keys(all).length).toBeGreaterThan(20)
  })
})
