import { describe, expect, test } from 'bun:test'
import { parseLossless } from '../../src/lib/lossless-json.ts'
import {
  parameterHeaders,
  readHeaderParameters,
  toParameterHeaders,
} from '../../src/lib/parameter-headers.ts'

const marked = (type: unknown, name: unknown = 'Region') => ({ type, 'x-mcp-header': name })
const of = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

describe('arguments that are repeated in headers', () => {
  test('are those that properties alone lead to', () => {
    const schema = of({ a: marked('string'), b: of({ c: marked('integer', 'Deep') }), d: {} })
    expect(readHeaderParameters(schema)).toEqual({
      parameters: [
        { header: 'mcp-param-region', path: ['a'] },
        { header: 'mcp-param-deep', path: ['b', 'c'] },
      ],
    })
    expect(readHeaderParameters(undefined)).toEqual({ parameters: [] })
    // A property that is merely called like the keyword is no mark.
    expect(readHeaderParameters(of({ 'x-mcp-header': { type: 'string' } }))).toEqual({
      parameters: [],
    })
  })

  test.each([
    ['an empty name', of({ a: marked('string', '') })],
    ['a name that is no token', of({ a: marked('string', 'a b') })],
    ['a name with a line break', of({ a: marked('string', 'a\r\nb') })],
    ['a name that is no text', of({ a: marked('string', 7) })],
    ['a number', of({ a: marked('number') })],
    ['an object', of({ a: marked('object') })],
    ['no type', of({ a: marked(undefined) })],
    ['several types', of({ a: marked(['string', 'null']) })],
    ['a name twice in another case', of({ a: marked('string'), b: marked('string', 'REGION') })],
    ['the root', { ...of({}), ...marked('string') }],
    ['items', of({ a: { type: 'array', items: marked('string') } })],
    ['oneOf', of({}, { oneOf: [of({ a: marked('string') })] })],
    ['a definition', of({}, { $defs: { a: marked('string') } })],
    ['if', of({}, { if: of({ a: marked('string') }) })],
    ['patternProperties', of({}, { patternProperties: { '^a': marked('string') } })],
  ])('a mark on %s makes the tool invalid', (_name, schema) => {
    expect(readHeaderParameters(schema)).toHaveProperty('problem')
    expect(parameterHeaders(schema, { a: 'x' })).toEqual({})
  })

  test('absent and null have no header, empty text an empty one, and 64 bits stay whole', () => {
    const read = readHeaderParameters(
      of({
        a: marked('integer', 'A'),
        b: marked('string', 'B'),
        c: marked('string', 'C'),
        d: marked('boolean', 'D'),
        e: marked('string', 'E'),
      }),
    )
    if ('problem' in read) throw new Error(read.problem)
    const given = parseLossless('{"a":12345678901234567890,"b":null,"c":"","d":false}')
    expect(toParameterHeaders(read.parameters, given)).toEqual({
      'mcp-param-a': '12345678901234567890',
      'mcp-param-c': '',
      'mcp-param-d': 'false',
    })
    expect(toParameterHeaders(read.parameters, undefined)).toEqual({})
  })
})
