import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { META } from '../../../src/core/protocol.ts'
import { toLegacyResult, wrappedTools } from '../../../src/era/translate/legacy-result.ts'
import { parseLossless } from '../../../src/lib/lossless-json.ts'

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))
const read = (text: string) => parseLossless(text) as Record<string, unknown>

describe('a modern result for a legacy client', () => {
  test('loses its type, the caching hints and the introduction of the server, and nothing else', () => {
    const result = {
      resultType: 'complete',
      ttlMs: 5,
      cacheScope: 'public',
      resources: [{ uri: 'a:b', vendor: { deep: [1] } }],
      nextCursor: '',
      _meta: { [META.serverInfo]: { name: 'n' }, 'com.example/kept': 1 },
    }
    expect(toLegacyResult('resources/list', result, false)).toEqual({
      resources: [{ uri: 'a:b', vendor: { deep: [1] } }],
      nextCursor: '',
      _meta: { 'com.example/kept': 1 },
    })
  })

  test('keeps no empty _meta behind, but one that the server wrote', () => {
    const introduced = { content: [], _meta: { [META.serverInfo]: {} } }
    expect(toLegacyResult('tools/call', introduced, false)).toEqual({ content: [] })
    const empty = { content: [], _meta: {} }
    expect(toLegacyResult('tools/call', empty, false)).toEqual(empty)
  })

  test('keeps what looks like a caching hint in a result that is never cached', () => {
    const result = { content: [], ttlMs: 1, cacheScope: 'mine' }
    expect(toLegacyResult('tools/call', result, false)).toEqual(result)
  })

  test('keeps the result type of an extension that the client declared', () => {
    const result = { resultType: 'task', taskId: 't' }
    expect(toLegacyResult('tools/call', result, false)).toEqual(result)
  })

  test.each([
    ['[1,2]'],
    ['"text"'],
    ['null'],
    ['7'],
    ['12345678901234567890'],
    ['1e400'],
    ['true'],
  ])('structured content %s becomes an object', (text) => {
    const result = toLegacyResult('tools/call', read(`{"structuredContent":${text}}`), false)
    expect(JSON.stringify(result)).toBe(`{"structuredContent":{"result":${text}}}`)
  })

  test('structured content follows the schema that its tool was listed with', () => {
    const result = { structuredContent: { a: 1 } }
    expect(toLegacyResult('tools/call', result, false)).toEqual(result)
    expect(toLegacyResult('tools/call', result, true)).toEqual({
      structuredContent: { result: { a: 1 } },
    })
  })

  test('an output schema whose root is no object is wrapped, and its references follow', () => {
    const outputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      anyOf: [{ $ref: '#/$defs/node' }, { $ref: '#' }, { $ref: '#anchor' }, { $ref: 'other.json' }],
      $defs: { node: { type: 'array', items: { $dynamicRef: '#/$defs/node' } } },
      default: { $ref: '#/data' },
      properties: { default: { $ref: '#/$defs/node' } },
      not: { $id: 'https://example.com/own', $ref: '#/own' },
    }
    const result = toLegacyResult('tools/list', { tools: [{ name: 'a', outputSchema }] }, false)
    const moved = '#/properties/result/$defs/node'
    expect(asJson(result)).toEqual({
      tools: [
        {
          name: 'a',
          outputSchema: {
            $schema: outputSchema.$schema,
            type: 'object',
            properties: {
              result: {
                ...outputSchema,
                anyOf: [
                  { $ref: moved },
                  { $ref: '#/properties/result' },
                  { $ref: '#anchor' },
                  { $ref: 'other.json' },
                ],
                $defs: { node: { type: 'array', items: { $dynamicRef: moved } } },
                properties: { default: { $ref: moved } },
              },
            },
            required: ['result'],
          },
        },
      ],
    })
  })

  test('an output schema that is an object stays, and which tools were wrapped is known', () => {
    const tools = [
      { name: 'object', outputSchema: { type: 'object' } },
      { name: 'none' },
      { name: 'array', outputSchema: { type: 'array', maxItems: 3 } },
    ]
    const listed = toLegacyResult('tools/list', { tools }, false) as { tools: unknown[] }
    expect(listed.tools.slice(0, 2)).toEqual(tools.slice(0, 2))
    expect(wrappedTools({ tools })).toEqual([
      ['object', false],
      ['none', false],
      ['array', true],
    ])
  })

  test('every value survives in every method, whatever it is', () => {
    const methods = fc.constantFrom('tools/call', 'tools/list', 'resources/read', 'vendor/method')
    fc.assert(
      fc.property(methods, fc.dictionary(fc.string(), fc.jsonValue()), (method, members) => {
        const { resultType, ttlMs, cacheScope, _meta, structuredContent, tools, ...free } = members
        const text = JSON.stringify({ ...free, big: 0 }).replace('"big":0', '"big":-1e999')
        expect(JSON.stringify(toLegacyResult(method, read(text), false))).toBe(
          JSON.stringify(read(text)),
        )
      }),
    )
  })
})
