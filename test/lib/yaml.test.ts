import { describe, expect, test } from 'bun:test'
import { Type as t } from '@sinclair/typebox'
import { faultSentences, parseYaml, readAll, readEach, YamlFault } from '../../src/lib/yaml.ts'

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

describe('several faults of one file', () => {
  const faultsOf = (act: () => unknown): readonly string[] => {
    try {
      act()
      return []
    } catch (cause) {
      if (!(cause instanceof YamlFault)) throw cause
      return faultSentences(cause)
    }
  }

  test('are told together, in the order of their lines', () => {
    expect(
      faultsOf(() => read('rules:\n  - name: 7\n  - nmae: b\n    on: 3\naction: block\n')),
    ).toEqual([
      'file.yaml:2:5 rules[0].name: expected string, got 7',
      'file.yaml:3:5 rules[1].nmae: unknown key "nmae"; did you mean "name"?',
      'file.yaml:4:5 rules[1].on: expected boolean, got 3',
      'file.yaml:5:1 action: expected allow | deny, got "block"',
    ])
  })

  test('of syntax are one, since the others follow from it; keys that are there twice are each one', () => {
    expect(faultsOf(() => read('a: [1\nb: }\nc: "\n'))).toHaveLength(1)
    const twice = 'enabled: true\nenabled: false\naction: deny\naction: allow\n'
    expect(faultsOf(() => read(twice))).toEqual([
      'file.yaml:2:1 Map keys must be unique',
      'file.yaml:4:1 Map keys must be unique',
    ])
  })

  test('do not keep what is left from being read; what is no fault of a file is thrown at once', () => {
    const { fault } = read('enabled: true\naction: deny\n')
    const seen: number[] = []
    const each = () =>
      readEach([1, 2, 3], (item) => {
        seen.push(item)
        if (item !== 2) throw fault([item === 1 ? 'action' : 'enabled'], `no. ${item}`)
      })
    expect(faultsOf(each)).toEqual(['file.yaml:1:1 enabled: no. 3', 'file.yaml:2:1 action: no. 1'])
    expect(seen).toEqual([1, 2, 3])
    expect(() =>
      readEach([1], () => {
        throw new TypeError('ours')
      }),
    ).toThrow(TypeError)
    expect(
      readAll(
        () => 'a',
        () => 7,
      ),
    ).toEqual(['a', 7])
  })

  test('of a part are told with the place in the whole file', () => {
    const open = parseYaml(
      'people:\n  a: {active: maybe}\n  b: {active: on}\n',
      'file.yaml',
      t.Object({ people: t.Record(t.String(), t.Unknown()) }),
    )
    const person = t.Object({ active: t.Boolean() }, { additionalProperties: false })
    expect(faultsOf(() => open.read(['people', 'a'], person))).toEqual([
      'file.yaml:2:7 people.a.active: expected boolean, got "maybe"',
    ])
    expect(open.read<unknown>(['people', 'b'], person)).toEqual({ active: true })
    expect(faultsOf(() => open.read(['people', 'nobody'], person))).toHaveLength(1)
  })
})
