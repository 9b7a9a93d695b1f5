import { describe, expect, test } from 'bun:test'
import { assign } from '../../../src/cli/parameters/assign.ts'
import { parseAssignment } from '../../../src/cli/parameters/assignment.ts'
import { typedValue } from '../../../src/client/parameters/typed.ts'
import type { JsonObject } from '../../../src/core/json-rpc.ts'

const assignAll = (schema: JsonObject, words: readonly string[], start: JsonObject = {}) => {
  const assigned = new Set<string>()
  return words
    .map(parseAssignment)
    .reduce<JsonObject>(
      (parameters, each) =>
        assign(
          parameters,
          schema,
          each,
          ({ text }, place) => typedValue(schema, place, text),
          assigned,
        ),
      start,
    )
}

const SCHEMA = {
  properties: {
    tags: { type: 'array', items: { type: 'string' } },
    deep: { type: 'object', properties: { count: { type: 'integer' } } },
    'a.b': { type: 'integer' },
    one: { type: 'integer' },
  },
}

describe('assigning', () => {
  test.each([
    [['deep.count=7'], { deep: { count: 7 } }],
    [['deep.count=7', 'deep.more=x'], { deep: { count: 7, more: 'x' } }],
    [['a.b=7'], { 'a.b': 7 }],
    [['one=1', 'one=2'], { one: 2 }],
    [['tags=a', 'tags=b,c'], { tags: ['a', 'b', 'c'] }],
    [['tags[]=a,b', 'tags[]=c'], { tags: ['a,b', 'c'] }],
    [['x.y.z=1'], { x: { y: { z: '1' } } }],
  ])('%j', (words, expected) => {
    expect(assignAll(SCHEMA, words)).toEqual(expected)
  })

  test('what stood there before is replaced, not grown', () => {
    expect(assignAll(SCHEMA, ['tags=b'], { tags: ['a'] })).toEqual({ tags: ['b'] })
    expect(assignAll(SCHEMA, ['deep.count=7'], { deep: { kept: 1 } })).toEqual({
      deep: { kept: 1, count: 7 },
    })
  })

  test('nothing can be set inside of what is no object', () => {
    expect(() => assignAll(SCHEMA, ['one=1', 'one.x=2'])).toThrow('one is no object')
  })

  test('__proto__ is a name like any other', () => {
    const given = assignAll({}, ['__proto__.polluted=1', 'constructor.prototype.polluted=1'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype)
    expect(Object.keys(given)).toEqual(['__proto__', 'constructor'])
    expect(JSON.stringify(given)).toBe(
      '{"__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"1"}}}',
    )
  })
})
