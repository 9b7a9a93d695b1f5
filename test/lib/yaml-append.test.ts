import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { appendInYaml } from '../../src/lib/yaml-append.ts'
import { YamlEditFault } from '../../src/lib/yaml-edit.ts'

const RULE = { name: 'New', condition: { tool: 'x' }, action: 'allow' }

const FILE = `# Who may do what.
rules:
  # The first.
  - name: "One"   # quoted
    condition: { tool: a }

  -   name: Two
      condition:
        tool: b
      # belongs to two

# After the rules.
default_policy: deny   # closed
`

describe('appending to a list', () => {
  test('stands behind the last entry, as far apart as the others, and changes nothing else', () => {
    expect(appendInYaml(FILE, 'rules', RULE)).toBe(
      FILE.replace(
        '      # belongs to two\n',
        '      # belongs to two\n\n  - name: New\n    condition:\n      tool: x\n    action: allow\n',
      ),
    )
  })

  test('of flow style stays in its style', () => {
    expect(appendInYaml('rules: [ {"a": 1} ] # one\n', 'rules', { b: 2 })).toBe(
      'rules: [ {"a": 1}, {"b":2} ] # one\n',
    )
    expect(appendInYaml('{rules: [], a: 1}', 'rules', 1)).toBe('{rules: [1], a: 1}')
  })

  test('that is empty or not there makes it, comments kept', () => {
    expect(appendInYaml('rules: []   # none yet\na: 1\n', 'rules', 'x')).toBe(
      'rules:   # none yet\n  - x\na: 1\n',
    )
    expect(appendInYaml('a: 1 # kept\n', 'rules', 'x')).toBe('a: 1 # kept\nrules:\n  - x\n')
    expect(appendInYaml('rules:   # nothing\n', 'rules', 'x')).toBe('rules:   # nothing\n  - x\n')
    expect(appendInYaml('', 'rules', 'x')).toBe('rules:\n  - x\n')
  })

  test('keeps line ends and an end without one', () => {
    expect(appendInYaml('rules:\r\n- a\r\n', 'rules', 'b')).toBe('rules:\r\n- a\r\n- b\r\n')
    expect(appendInYaml('rules:\n- a', 'rules', 'b')).toBe('rules:\n- a\n- b\n')
  })

  test.each(['rules: 5\n', 'rules: {a: 1}\n', 'a: &x [1]\nrules: *x\n', '- a\n', 'a: [\n'])(
    '%j is refused',
    (text) => {
      expect(() => appendInYaml(text, 'rules', 'x')).toThrow(YamlEditFault)
    },
  )

  test('whatever is in the list, the rest reads as before', () => {
    const Value = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(fc.array(Value), Value, Value, (list, other, added) => {
        const text = stringify({ rules: list, other })
        expect(parse(appendInYaml(text, 'rules', added), { version: '1.2' })).toEqual(
          parse(stringify({ rules: [...list, added], other })),
        )
      }),
      { numRuns: 40 },
    )
  })
})
