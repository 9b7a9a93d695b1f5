import { describe, expect, test } from 'bun:test'
import { Type as t } from '@sinclair/typebox'
import { parseYaml, YamlFault } from '../../src/lib/yaml.ts'

const schema = t.Object(
  {
    enabled: t.Optional(t.Boolean()),
    action: t.Optional(t.Union([t.Literal('allow'), t.Literal('deny')])),
    rules: t.Optional(
      t.Array(
        t.Object(
          { name: t.String(), on: t.Optional(t.Boolean()) },
          { additionalProperties: false },
        ),
      ),
    ),
    people: t.Optional(
      t.Record(t.String(), t.Object({ active: t.Boolean() }, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false },
)
const read = (text: string) => parseYaml<Record<string, unknown>>(text, 'file.yaml', schema)

describe('a YAML file', () => {
  test.each([
    [
      'an unknown key',
      'enabeld: true\n',
      'file.yaml:1:1 enabeld: unknown key "enabeld"; did you mean "enabled"?',
    ],
    [
      'a wrong word',
      'enabled: true\naction: block\n',
      'file.yaml:2:1 action: expected allow | deny, got "block"',
    ],
    [
      'a wrong type in a list',
      'rules:\n  - name: a\n  - name: 7\n',
      'file.yaml:3:5 rules[1].name: expected string, got 7',
    ],
    ['a missing key', 'rules:\n  - on: true\n', 'file.yaml:2:5 rules[0].name: is required'],
    ['a key twice', 'enabled: true\nenabled: false\n', 'file.yaml:2:1 Map keys must be unique'],
  ])('%s is named with its place', (_name, text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  test.each([
    ['two documents', 'enabled: true\n---\nenabled: false\n'],
    ['a code tag', 'enabled: !!js/function "x"\n'],
    [
      'an alias bomb',
      `people: &a {x: {active: true}}\n${Array.from({ length: 9 }, (_, i) => `k${i}: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]`).join('\n')}\n`,
    ],
    ['a list at the top', '- a\n'],
  ])('%s is refused', (_name, text) => {
    expect(() => read(text)).toThrow(YamlFault)
  })

  test('flaw F39: yes, no, on and off are booleans where a boolean belongs', () => {
    expect(
      read('enabled: no\nrules:\n  - name: off\n    on: yes\npeople:\n  on: {active: Off}\n').value,
    ).toEqual({
      enabled: false,
      rules: [{ name: 'off', on: true }],
      people: { on: { active: false } },
    })
  })

  test('an empty file is an empty mapping', () => {
    expect(read('').value).toEqual({})
    expect(read('# only a comment\n').value).toEqual({})
  })

  test('the line of a place is known, and of the nearest parent when it is not there', () => {
    const file = read('enabled: true\nrules:\n  - name: a\n    on: true\n')
    expect(file.lineOf(['rules', 0, 'on'])).toBe(4)
    expect(file.lineOf(['rules', 0, 'nothing'])).toBe(3)
  })
})
