import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { parse } from 'yaml'
import { removeFromYaml, setInYaml, YamlEditFault } from '../../src/lib/yaml-edit.ts'

const FILE = `# Servers of the team.
servers:
  # The first one.
  dev:   # inline
    url: http://localhost:3000   # loopback
    timeout: 30
    tags: [a,   'b']
    # timeout: 5

  # staging:
  #   url: https://staging.example.com

  prod: { url: "https://mcp.example.com", enabled: yes }   # flow
  files:
    type: stdio
    args:
    - one
    - 'two'
# the end
`

const lineSet = (text: string) => text.split(/\r?\n/)

/** The lines of `before` that are not in `after`, and the reverse. */
const changes = (before: string, after: string) => ({
  gone: lineSet(before).filter((line) => !lineSet(after).includes(line)),
  come: lineSet(after).filter((line) => !lineSet(before).includes(line)),
})

describe('setting a value', () => {
  test('adds an entry behind the last one and changes nothing else', () => {
    const after = setInYaml(FILE, ['servers', 'new'], { url: 'https://n.example.com', timeout: 30 })
    expect(after).toBe(
      FILE.replace(
        '# the end\n',
        '  new:\n    url: https://n.example.com\n    timeout: 30\n# the end\n',
      ),
    )
  })

  test('replaces one scalar in its place and keeps the comment behind it', () => {
    const after = setInYaml(FILE, ['servers', 'dev', 'url'], 'http://localhost:4000')
    expect(changes(FILE, after)).toEqual({
      gone: ['    url: http://localhost:3000   # loopback'],
      come: ['    url: http://localhost:4000   # loopback'],
    })
  })

  test('adds a key to an entry behind its last one', () => {
    const after = setInYaml(FILE, ['servers', 'dev', 'enabled'], false)
    expect(after).toBe(FILE.replace("'b']\n", "'b']\n    enabled: false\n"))
  })

  test('stays inside flow style where it finds it', () => {
    const after = setInYaml(FILE, ['servers', 'prod', 'enabled'], false)
    expect(after).toBe(FILE.replace('enabled: yes', 'enabled: false'))
    const more = setInYaml(FILE, ['servers', 'prod', 'tags'], ['x'])
    expect(more).toBe(FILE.replace('enabled: yes }', 'enabled: yes, tags: ["x"] }'))
  })

  test('leaves a value alone that is the same in other words', () => {
    expect(setInYaml(FILE, ['servers', 'dev', 'tags'], ['a', 'b'])).toBe(FILE)
  })

  test.each([
    ['', 'servers:\n  a:\n    url: u\n'],
    ['# nothing yet\n', '# nothing yet\nservers:\n  a:\n    url: u\n'],
    ['# no line end', '# no line end\nservers:\n  a:\n    url: u\n'],
    ['\uFEFF', '\uFEFFservers:\n  a:\n    url: u\n'],
    ['{}\n', 'servers:\n  a:\n    url: u\n\n'],
    ['servers:\n', 'servers:\n  a:\n    url: u\n'],
    ['servers:', 'servers:\n  a:\n    url: u\n'],
    ['servers: {}\n', 'servers:\n  a:\n    url: u\n'],
    ['servers: null   # none\n', 'servers:   # none\n  a:\n    url: u\n'],
    ['servers:\n  # b:\n  #   url: v\n', 'servers:\n  a:\n    url: u\n  # b:\n  #   url: v\n'],
    [
      'servers:\n    b:\n        url: v',
      'servers:\n    b:\n        url: v\n    a:\n      url: u\n',
    ],
    ['{"servers": {"b": {"url": "v"}}}', '{"servers": {"b": {"url": "v"}, "a": {"url":"u"}}}'],
    ['servers:\n  b: {}\n\n  c: {}\n', 'servers:\n  b: {}\n\n  c: {}\n\n  a:\n    url: u\n'],
    ['servers:\r\n  b: 1\r\n', 'servers:\r\n  b: 1\r\n  a:\r\n    url: u\r\n'],
    ['servers:\n  a: 1\n  b: 2\n', 'servers:\n  a:\n    url: u\n  b: 2\n'],
    ['servers:\n  a:\n    - 1\n  b: 2\n', 'servers:\n  a:\n    url: u\n  b: 2\n'],
    ['servers:\n  a: # why\n  b: 2\n', 'servers:\n  a: # why\n    url: u\n  b: 2\n'],
    [
      'servers:\n  b: |+\n    text\n\n# end\n',
      'servers:\n  b: |+\n    text\n\n  a:\n    url: u\n# end\n',
    ],
    [
      'servers:\n  b: &x\n    k: 1\n  c: *x\n',
      'servers:\n  b: &x\n    k: 1\n  c: *x\n  a:\n    url: u\n',
    ],
  ])('makes what is missing on the way: %j', (before, after) => {
    expect(setInYaml(before, ['servers', 'a'], { url: 'u' })).toBe(after)
  })

  test.each([
    ['a: |\n  long\n  text\nb: 1\n', 'short', 'a: short\nb: 1\n'],
    ['a:\nb: 1\n', 'two\nlines', 'a: "two\\nlines"\nb: 1\n'],
    ['a: "x" # c\n', 'on', 'a: "on" # c\n'],
    ['a: [1,\n  2]\nb: 1\n', [], 'a: []\nb: 1\n'],
  ])('replaces %j', (before, value, after) => {
    expect(setInYaml(before, ['a'], value)).toBe(after)
  })

  test.each([
    ['a: *x\n'],
    ['a: [\n'],
    ['a: 1\n---\nb: 2\n'],
    ['- 1\n'],
    ['a: 1\na: 2\n'],
    ['b: &x { c: 1 }\na: *x\n'],
  ])('refuses what it cannot edit alone: %j', (text) => {
    expect(() => setInYaml(text, ['a', 'c'], 2)).toThrow(YamlEditFault)
  })
})

describe('removing a key', () => {
  test('takes its lines and the comments in it, and leaves those beside it', () => {
    const after = removeFromYaml(FILE, ['servers', 'dev'])
    expect(changes(FILE, after)).toEqual({
      gone: [
        '  dev:   # inline',
        '    url: http://localhost:3000   # loopback',
        '    timeout: 30',
        "    tags: [a,   'b']",
        '    # timeout: 5',
      ],
      come: [],
    })
  })

  test('of one that is not there changes nothing', () => {
    expect(removeFromYaml(FILE, ['servers', 'nobody'])).toBe(FILE)
    expect(removeFromYaml(FILE, ['nobody', 'at-all'])).toBe(FILE)
  })

  test.each([
    ['a: 1\n\nb: 2\n', 'b', 'a: 1\n'],
    ['a: 1\n\nb: 2\n\nc: 3\n', 'b', 'a: 1\n\nc: 3\n'],
    ['{a: 1, b: 2, c: 3}', 'b', '{a: 1, c: 3}'],
    ['{a: 1, b: 2}', 'b', '{a: 1}'],
    ['{b: 2}', 'b', 'null'],
    ['b:\n  - 1\n  # in b\n# beside b\n', 'b', '# beside b\n'],
    ['a: 1\r\nb: 2\r\n', 'b', 'a: 1\r\n'],
    ['b: 1', 'b', ''],
  ])('%j without %s', (before, key, after) => {
    expect(removeFromYaml(before, [key])).toBe(after)
  })

  test('refuses to take away what others point at', () => {
    expect(() => removeFromYaml('a: &x 1\nb: *x\n', ['a'])).toThrow(YamlEditFault)
  })
})

describe('any file', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/)
  const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.constant(null))
  const style = fc.constantFrom(
    (key: string, value: unknown) => `  ${key}: ${JSON.stringify(value)}   # ${key}\n`,
    (key: string, value: unknown) =>
      `  # about ${key}\n  ${key}:\n    value: ${JSON.stringify(value)}\n    # in\n`,
    (key: string, value: unknown) => `\n  ${JSON.stringify(key)}:\n  - ${JSON.stringify(value)}\n`,
    (key: string) => `  ${key}: |-\n    # no comment\n    text\n  # ---\n`,
    (key: string) => `  ${key}:\n`,
  )
  const entries = fc.uniqueArray(fc.tuple(name, scalar, style), { selector: ([key]) => key })
  const file = fc.tuple(entries, fc.constantFrom('\n', '\r\n'), fc.constantFrom('', 'other: 1\n'))
  const write = ([list, eol, tail]: typeof file extends fc.Arbitrary<infer T> ? T : never) =>
    `servers:\n${list.map(([key, value, styled]) => styled(key, value)).join('')}${tail}`.replaceAll(
      '\n',
      eol,
    )

  test('keeps every line of the others, and reads as it did with one change', () => {
    fc.assert(
      fc.property(
        file,
        name,
        fc.oneof(scalar, fc.dictionary(name, scalar, { noNullPrototype: true })),
        (given, key, value) => {
          const before = write(given)
          const after = setInYaml(before, ['servers', key], value)
          const was = parse(before)
          expect(parse(after)).toEqual({ ...was, servers: { ...was.servers, [key]: value } })
          const there = given[0].some(([each]) => each === key)
          if (!there) expect(changes(before, after).gone).toEqual([])
          const without = there ? after : removeFromYaml(after, ['servers', key])
          expect(without === before || there).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of the samples: each server can go and come, and no other line moves', async () => {
    for await (const path of new Bun.Glob('{examples,test}/**/*servers*.yaml').scan(
      join(import.meta.dir, '../..'),
    )) {
      const text = await Bun.file(join(import.meta.dir, '../..', path)).text()
      for (const server of Object.keys(parse(text)?.servers ?? {})) {
        const off = setInYaml(text, ['servers', server, 'enabled'], 'marked')
        expect(changes(text, off).come).toHaveLength(1)
        expect(changes(text, removeFromYaml(text, ['servers', server])).come).toEqual([])
      }
    }
  })
})
