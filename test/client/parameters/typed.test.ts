import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { typedValue } from '../../../src/client/parameters/typed.ts'

const typed = (schema: unknown, text: string, root = {}) => typedValue(root, schema, text)

describe('a text typed by its schema', () => {
  test.each([
    [{ type: 'number' }, '1.5', 1.5],
    [{ type: 'number' }, '-2e3', -2000],
    [{ type: 'number' }, '0x10', '0x10'],
    [{ type: 'number' }, '', ''],
    [{ type: 'number' }, 'Infinity', 'Infinity'],
    [{ type: 'integer' }, '7', 7],
    [{ type: 'integer' }, '7.0', 7],
    [{ type: 'integer' }, '7.5', '7.5'],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'yes', 'yes'],
    [{ type: 'null' }, 'null', null],
    [{ type: 'string' }, '7', '7'],
    [{ type: 'string' }, 'null', 'null'],
    [{ type: ['string', 'null'] }, 'null', 'null'],
    [{ type: ['integer', 'string'] }, '7', 7],
    [{ type: ['integer', 'string'] }, 'x', 'x'],
    [{}, '7', '7'],
    [undefined, '7', '7'],
    [{ enum: [1, 2, 'three'] }, '2', 2],
    [{ enum: [1, 2, 'three'] }, 'three', 'three'],
    [{ const: true }, 'true', true],
    [{ type: 'array', items: { type: 'integer' } }, '1,2', [1, 2]],
    [{ type: 'array', items: { type: 'string' } }, 'a,b', ['a', 'b']],
    [{ type: 'array', items: { type: 'string' } }, '["a,b"]', ['a,b']],
    [{ type: 'array', items: { type: 'string' } }, '', []],
    [{ type: 'array', items: { type: 'object' } }, '[{"a":1}]', [{ a: 1 }]],
    [{ type: 'array', items: { type: 'object' } }, 'x,y', 'x,y'],
    [{ type: 'object' }, '{"a":1}', { a: 1 }],
    [{ type: 'object' }, '[1]', '[1]'],
    [{ anyOf: [{ type: 'integer' }, { type: 'boolean' }] }, 'true', true],
    [{ type: 'constructor' }, 'x', 'x'],
  ])('%j of %p', (schema, text, expected) => {
    // Numbers keep their spelling on the way; what counts is what the server reads.
    expect<unknown>(JSON.parse(JSON.stringify(typed(schema, text)))).toEqual(expected)
  })

  test('a reference inside of the schema is followed, and one that leads in a circle ends', () => {
    const root = { $defs: { n: { type: 'integer' }, loop: { $ref: '#/$defs/loop' } } }
    expect(typed({ $ref: '#/$defs/n' }, '7', root)).toBe(7)
    expect(typed({ $ref: '#/$defs/loop' }, '7', root)).toBe('7')
    expect(typed({ $ref: 'https://example.com/schema' }, '7', root)).toBe('7')
  })

  test('a number that a double cannot hold keeps its value', () => {
    const value = typed({ type: 'integer' }, '12345678901234567890')
    expect(JSON.stringify({ value })).toBe('{"value":12345678901234567890}')
  })

  test('every JSON number is read as JSON reads it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = JSON.stringify(number)
        expect(JSON.stringify(typed({ type: 'number' }, text))).toBe(text)
      }),
    )
  })
})
