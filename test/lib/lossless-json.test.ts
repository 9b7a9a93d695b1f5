import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseLossless } from '../../src/lib/lossless-json.ts'

test.each(['12345678901234567890', '1e400', '-0', '0.1', '[1.50,{"a":-1E-7}]', '{"__proto__":1}'])(
  '%s comes back with the same digits',
  (text) => {
    expect(JSON.stringify(parseLossless(text))).toBe(text)
  },
)

test('any JSON value survives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.stringify(parseLossless(text))).toBe(JSON.stringify(JSON.parse(text)))
    }),
  )
})

const digits = fc.stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,5})?(?:[eE][+-]?\d{1,3})?$/)
const blank = fc.constantFrom('', ' ', '\n', '\t  ')

test('a number has its digits wherever it stands, and whatever stands around it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(digits, fc.string(), blank)), blank, (members, gap) => {
      const write = (space: (own: string) => string) => {
        const texts = members.map(([number, text, own], at) => {
          const _ = space(own)
          return `"k${at}"${_}:${_}[${_}${number}${_},${_}${JSON.stringify(text)}${_}],"n${at}":${_}${number}${_}`
        })
        return `${space(gap)}[{${texts.join(',')}}]${space(gap)}`
      }
      const compact = write(() => '')
      expect(JSON.stringify(parseLossless(write((own) => own)))).toBe(compact)
      for (const [number] of members) {
        expect(JSON.stringify(parseLossless(`${gap}${number}${gap}`))).toBe(number)
      }
    }),
  )
})

test('what is nested too deeply to be written again is refused at once, and what is only long is not', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`
  expect(() => parseLossless(deep(100_000))).toThrow(RangeError)
  expect(() => parseLossless(`[1.0,${deep(100_000)}]`)).toThrow(RangeError)
  expect(JSON.stringify(parseLossless(deep(9_000)))).toBe(deep(9_000))
  const long = `[${Array.from({ length: 20_000 }, (_, at) => `{"a":[${at}]}`).join(',')}]`
  expect(JSON.stringify(parseLossless(long))).toBe(long)
})
