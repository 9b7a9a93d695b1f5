import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { assertSafeName, METHODS, toOperation } from '../../src/core/operation.ts'

const operation = (method: string, params = {}) =>
  toOperation('s', 'modern', buildRequest(1, method, params))

describe('what a message means to do', () => {
  test('a call is an action on one item, with its arguments', () => {
    expect(operation('tools/call', { name: 'echo', arguments: { a: 1 } })).toMatchObject({
      action: 'invoke_tool',
      scope: 'item',
      resource: { server: 's', name: 'echo' },
      arguments: { a: 1 },
    })
  })

  test('a completion is what it completes', () => {
    const { action, resource } = operation('completion/complete', {
      ref: { type: 'ref/prompt', name: 'greet' },
    })
    expect([action, resource.name]).toEqual(['complete', 'greet'])
  })

  test('a completion is of what its server reads: a resource by its URI, a prompt by its name', () => {
    const completed = (type: string) =>
      operation('completion/complete', { ref: { type, uri: 'docs://a', name: 'greet' } })
    expect(completed('ref/resource').resource.name).toBe('docs://a')
    expect(completed('ref/prompt').resource.name).toBe('greet')
    expect(() => completed('ref/other')).toThrow('needs a name')
  })

  test.each([
    ['tools/call', { name: 'echo', Name: 'delete' }],
    ['tools/call', { name: 'echo', 'argument\u017f': {} }],
    ['resources/read', { uri: 'docs://a', URI: 'docs://b' }],
    ['tasks/get', { taskId: 'one', TaskID: 'two' }],
    ['tasks/get', { taskId: 'one', 'tas\u212aid': 'two' }],
    ['tools/list', { _META: {} }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a', NAME: 'b' } }],
  ])(
    'a parameter that lenient servers take for a deciding one is refused: %s %j',
    (method, params) => {
      expect(() => operation(method, params)).toThrow('Ambiguous member name')
    },
  )

  test('any other parameter is data, and so is what a tool is given', () => {
    const params = { name: 'echo', names: 1, Uris: 2, arguments: { name: 1, Name: 2 } }
    expect(() => operation('tools/call', params)).not.toThrow()
    expect(() => operation('vendor/get', { Name: 'x' })).not.toThrow()
  })

  test.each(['vendor/get', 'constructor', '__proto__', 'toString'])(
    'a method without a row is named, and acts under its own name: %s',
    (method) => {
      expect(operation(method).action).toBe(`method:${method}`)
    },
  )

  test.each(Object.keys(METHODS).filter((method) => method.startsWith('datacline/')))(
    'no caller can say %s',
    (method) => {
      expect(operation(method, { name: 'x' }).action).toBe(`method:${method}`)
    },
  )

  test.each([
    '..',
    'a/../b',
    'a\\..\\b',
    '%2e%2e/x',
    'x%2F..',
    '%252e%252e%252f',
    'a\u0000',
    'a\nb',
    '\u2028',
  ])('a name that two parsers read differently is refused: %j', (name) => {
    expect(() => assertSafeName(name)).toThrow()
  })

  test.each(['a:b', 'x|.*', '日本', 'a/b', 'file:///a/b.txt', '100%', 'a..b', '...'])(
    'any other name is data: %j',
    (name) => {
      expect(() => assertSafeName(name)).not.toThrow()
    },
  )

  test('no name with a dot segment passes, however often it is encoded', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 3 }),
        (before, after, rounds) => {
          let name = `${before}/../${after}`
          for (let round = 0; round < rounds; round++) {
            name = name.replace(/[%./]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
          }
          expect(() => assertSafeName(name)).toThrow()
        },
      ),
    )
  })
})
