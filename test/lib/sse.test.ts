import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSseParser, encodeSse, SseError, type SseEvent } from '../../src/lib/sse.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const parse = (text: string, max = 1_000_000) => createSseParser(max).push(bytes(text))

describe('reading a text/event-stream', () => {
  test('data lines are joined by line feeds and one leading space is taken off', () => {
    expect(parse('data: a\ndata:b\ndata:  c\n\n')).toEqual([{ data: 'a\nb\n c' }])
  })

  test('comments, unknown fields and events of nothing are passed over', () => {
    expect(parse(': keepalive\n\nfoo: bar\n\ndata: x\n\n')).toEqual([{ data: 'x' }])
  })

  test('an event with only id and retry is given, because resuming needs it', () => {
    expect(parse('id: 7\nretry: 250\ndata:\n\nid: 8\n\n')).toEqual([
      { data: '', id: '7', retry: 250 },
      { data: '', id: '8' },
    ])
  })

  test('an id with NUL and a retry that is no number are ignored', () => {
    expect(parse('id: a\0b\nretry: soon\ndata: x\n\n')).toEqual([{ data: 'x' }])
  })

  test('the byte order mark is taken off and every kind of line end works', () => {
    expect(parse('\uFEFFdata: a\r\ndata: b\rdata: c\n\r\n')).toEqual([{ data: 'a\nb\nc' }])
  })

  test('an unfinished event at the end is not an event', () => {
    expect(parse('data: a\n')).toEqual([])
  })

  test('an event beyond the limit is refused, also when its line never ends', () => {
    expect(() => parse(`data: ${'x'.repeat(100)}`, 64)).toThrow(SseError)
    expect(() => parse('data: 0123456789\n'.repeat(10), 64)).toThrow(SseError)
    expect(parse('data: 0123456789\n\n'.repeat(10), 64)).toHaveLength(10)
  })

  test('bytes that are no UTF-8 are refused', () => {
    const parser = createSseParser(1000)
    expect(() => parser.push(new Uint8Array([100, 97, 0xff, 0xfe]))).toThrow(SseError)
  })
})

const event: fc.Arbitrary<SseEvent> = fc.record(
  {
    data: fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\r\n?/g, '\n')),
    id: fc.string({ unit: 'grapheme-ascii' }),
    retry: fc.nat({ max: 100_000 }),
    event: fc.stringMatching(/^[a-z]{1,9}$/),
  },
  { requiredKeys: ['data'] },
)

describe('round trip', () => {
  test('what is encoded comes back, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (events, sizes, crlf) => {
          const text = events.map(encodeSse).join('')
          const wire = bytes(crlf ? text.replaceAll('\n', '\r\n') : text)
          const parser = createSseParser(1_000_000)
          const seen: SseEvent[] = []
          for (let at = 0, turn = 0; at < wire.length; turn++) {
            const size = sizes[turn % sizes.length]! + 1
            seen.push(...parser.push(wire.subarray(at, at + size)))
            at += size
          }
          expect(seen).toEqual(events)
        },
      ),
    )
  })

  test('an id cannot smuggle in another field', () => {
    expect(parse(encodeSse({ data: 'x', id: '1\ndata: evil' }))).toEqual([
      { data: 'x', id: '1data: evil' },
    ])
  })
})
