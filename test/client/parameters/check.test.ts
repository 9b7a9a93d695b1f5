import { describe, expect, test } from 'bun:test'
import { prepareCheck } from '../../../src/client/parameters/check.ts'
import type { JsonObject } from '../../../src/core/json-rpc.ts'
import { parseLossless } from '../../../src/lib/lossless-json.ts'

const check = async (schema: JsonObject, value: JsonObject) => (await prepareCheck(schema))(value)
const sentences = async (schema: JsonObject, value: JsonObject) =>
  (await check(schema, value)).problems.map(({ path, sentence }) => `${path}: ${sentence}`)

const SCHEMA = {
  type: 'object',
  properties: {
    to: { type: 'string', pattern: '@' },
    count: { type: 'integer', minimum: 1 },
    tone: { enum: ['formal', 'short'] },
    people: { type: 'array', items: { type: 'object', required: ['name'] } },
  },
  required: ['to'],
  additionalProperties: false,
}

describe('the check of parameters', () => {
  test('names every bad path', async () => {
    const given = { too: 'a@b', count: 'x', tone: 'loud', people: [{ name: 1 }, {}] }
    expect((await sentences(SCHEMA, given)).sort()).toEqual([
      'count: expected integer, got "x"',
      'people[1].name: missing (any)',
      'to: missing (string)',
      'tone: expected "formal" or "short", got "loud"',
      'too: unknown parameter; did you mean to?',
    ])
  })

  test('suggests the nearest name', async () => {
    expect(await sentences(SCHEMA, { to: 'a@b', cuont: 1 })).toEqual([
      'cuont: unknown parameter; did you mean count?',
    ])
  })

  test('patterns match anywhere, with case', async () => {
    const schema = { properties: { a: { pattern: 'b+c$' } } }
    expect(await sentences(schema, { a: 'xx\nbbc' })).toEqual([])
    expect(await sentences(schema, { a: 'BBC' })).toHaveLength(1)
  })

  test('a pattern made to hang does not', async () => {
    const schema = { properties: { a: { type: 'string', pattern: '^(a+)+$' } } }
    const startedAt = performance.now()
    expect(await sentences(schema, { a: `${'a'.repeat(5_000)}!` })).toHaveLength(1)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('a pattern that RE2 does not know is left to the server, and said so', async () => {
    const schema = { properties: { a: { pattern: '(?=x)y' } } }
    expect(await check(schema, { a: 'z' })).toEqual({
      problems: [],
      unchecked: 'its pattern "(?=x)y"',
    })
  })

  test.each([
    [{ properties: { a: { $ref: 'https://example.com/schema.json' } } }],
    [{ type: 'nonsense' }],
    [{ properties: { a: { $ref: '#/$defs/none' } } }],
  ])('a schema that cannot be used checks nothing, and says so: %j', async (schema) => {
    const { problems, unchecked } = await check(schema, { a: 1 })
    expect(problems).toEqual([])
    expect(unchecked).toEqual(expect.any(String))
  })

  test('2020-12 and draft 7 are told apart', async () => {
    const tuple = { items: [{ type: 'integer' }] }
    const draft = 'http://json-schema.org/draft-07/schema#'
    expect(
      await sentences({ $schema: draft, properties: { a: tuple } }, { a: ['x'] }),
    ).toHaveLength(1)
    const modern = { prefixItems: [{ type: 'integer' }] }
    expect(await sentences({ properties: { a: modern } }, { a: ['x'] })).toHaveLength(1)
  })

  test('a number beyond a double is a number', async () => {
    const value = parseLossless('{"a":12345678901234567890}') as JsonObject
    expect(await sentences({ properties: { a: { type: 'integer' } } }, value)).toEqual([])
  })
})
