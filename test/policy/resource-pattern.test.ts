import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileGlob } from '../../src/policy/glob.ts'
import { parseResourcePattern } from '../../src/policy/resource-pattern.ts'

describe('a resource pattern covers', () => {
  // The 15 rows that casbin's keyMatch, keyMatch2, keyMatch4, regexMatch and globMatch disagree on.
  test.each([
    ['*', 'prod-server', 'anything', true],
    ['mcp:*:*', 'prod-server', 'anything', true],
    ['mcp:prod-server:*', 'prod-server', 'delete_all', true],
    ['mcp:prod-server:*', 'prod-server-2', 'x', false],
    ['mcp:prod-server:*', 'prod-server', 'a:b/c', true],
    ['mcp:*:read_only_tool', 'prod-server', 'read_only_tool', true],
    ['mcp:*:read_only_tool', 'prod-server', 'delete_all', false],
    ['mcp:*:read_only_tool', 'prod-server', 'x:read_only_tool', false],
    ['mcp:prod-server:read_only_tool', 'prod-server', 'read_only_tool', true],
    ['mcp:prod.server:x', 'prod-server', 'x', false],
    ['mcp:a:b', 'a', 'by', false],
    ['mcp:a:b', 'xa', 'b', false],
    ['mcp:prod-*:read_*', 'prod-eu', 'read_file', true],
    ['mcp:prod-*:read_*', 'prod-eu', 'write_read_file', false],
    ['mcp:Prod:x', 'prod', 'x', false],
  ])('%s on %s and %s: %p', (pattern, server, name, covered) => {
    expect(parseResourcePattern(pattern)?.covers(server, name)).toBe(covered)
  })

  test.each(['mcp:server', 'mcp::x', 'mcp:x:', 'tool:x:y', 'mcp', '', '**', 'MCP:a:b'])(
    '%p is no resource',
    (text) => expect(parseResourcePattern(text)).toBeUndefined(),
  )

  test('only a lone * and gateway cover the gateway itself', () => {
    const covers = (text: string) => parseResourcePattern(text)?.coversGateway
    expect(['*', 'gateway', 'mcp:*:*', 'mcp:gateway:*'].map(covers)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe('a glob', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })

  test('matches as the regular expression that it stands for', () => {
    fc.assert(
      fc.property(
        text,
        text.map((each) => each.replaceAll('*', 'c')),
        (glob, name) => {
          const source = glob
            .split('*')
            .map((piece) => piece.replaceAll('.', '\\.'))
            .join('.*')
          expect(compileGlob(glob)(name)).toBe(new RegExp(`^(?:${source})$`, 's').test(name))
        },
      ),
    )
  })

  test('that matches the text of another one matches everything that the other one matches', () => {
    const fills = fc.array(text, { minLength: 8, maxLength: 8 })
    const filled = (glob: string, by: readonly string[]) =>
      glob.split('*').reduce((whole, piece, at) => `${whole}${by[at % by.length]}${piece}`)
    fc.assert(
      fc.property(text, fills, fills, (wide, first, second) => {
        const narrow = filled(wide, first)
        expect(compileGlob(wide)(narrow)).toBe(true)
        expect(compileGlob(wide)(filled(narrow, second))).toBe(true)
      }),
    )
  })

  test('takes time in proportion to the text', () => {
    const glob = compileGlob(`${'*a'.repeat(40)}b`)
    const start = performance.now()
    expect(glob('a'.repeat(50_000))).toBe(false)
    expect(performance.now() - start).toBeLessThan(50)
  })
})
