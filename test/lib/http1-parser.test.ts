import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Http1Error } from '../../src/lib/http1-error.ts'
import type { Http1Head } from '../../src/lib/http1-head.ts'
import { createResponseParser } from '../../src/lib/http1-parser.ts'

const LIMITS = { maxHeadBytes: 65_536, maxFields: 256 }

const read = (text: string, { cuts = [text.length], close = false, limits = LIMITS } = {}) => {
  const seen = { head: undefined as Http1Head | undefined, body: '', clean: undefined as unknown }
  const parser = createResponseParser(limits, {
    onHead: (head) => {
      seen.head = head
    },
    onChunk: (bytes) => {
      seen.body += Buffer.from(bytes).toString('latin1')
    },
    onEnd: (clean) => {
      seen.clean = clean
    },
  })
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, cuts[turn % cuts.length]!)
    parser.push(bytes.subarray(at, at + size))
    at += size
  }
  if (close) parser.close()
  return seen
}

const OK = 'HTTP/1.1 200 OK\r\n'

describe('framing of a response', () => {
  test('by length, by chunks, by the end of the connection, and none', () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\nhello`)).toMatchObject({
      body: 'hello',
      clean: true,
    })
    expect(
      read(`${OK}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n`),
    ).toMatchObject({ body: 'abcde', clean: true })
    const closing = read(`${OK}\r\nall of it`, { close: true })
    expect(closing).toMatchObject({ body: 'all of it', clean: true })
    expect(closing.head?.keepAlive).toBe(false)
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ body: '', clean: true })
  })

  test('1xx heads are passed over, 101 is refused', () => {
    const seen = read(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`)
    expect(seen).toMatchObject({ head: { status: 200 }, body: 'x', clean: true })
    expect(() => read('HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n')).toThrow(Http1Error)
  })

  test('bytes after the response make the connection unfit for reuse', () => {
    expect(read(`${OK}Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK`).clean).toBe(false)
  })

  test('a response that breaks off is no response', () => {
    for (const text of [
      OK,
      `${OK}Content-Length: 5\r\n\r\nhell`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`,
    ]) {
      expect(() => read(text, { close: true })).toThrow('broke off')
    }
  })

  test.each([
    ['both framings', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['a signed length', 'Content-Length: +5\r\n'],
    ['an unknown coding', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['an obs-fold', 'A: b\r\n c\r\n'],
    ['a space before the colon', 'Content-Length : 5\r\n'],
    ['a NUL', 'A: b\0c\r\n'],
    ['a bare line feed', 'A: b\nContent-Length: 5\r\n'],
    ['a name of nothing', ': b\r\n'],
  ])('%s is refused', (_, fields) => {
    expect(() => read(`${OK}${fields}\r\n`)).toThrow(Http1Error)
  })

  test('heads without end, too many fields and endless chunk lines are refused', () => {
    expect(() => read(`${OK}A: ${'x'.repeat(70_000)}`)).toThrow('longer')
    expect(() => read(`${OK}${'a: b\r\n'.repeat(300)}\r\n`)).toThrow('256')
    expect(() => read(`${OK}Transfer-Encoding: chunked\r\n\r\n${'1'.repeat(3000)}`)).toThrow(
      Http1Error,
    )
    expect(() => read(`${OK}Transfer-Encoding: chunked\r\n\r\n-1\r\n`)).toThrow(Http1Error)
  })

  test('however the bytes are cut, the same body comes out', () => {
    const chunks = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 8 })
    const cuts = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(chunks, cuts, (parts, sizes) => {
        const wire = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
        const text = `${OK}Transfer-Encoding: chunked\r\n\r\n${wire}0\r\n\r\n`
        expect(read(text, { cuts: sizes })).toMatchObject({ body: parts.join(''), clean: true })
      }),
    )
  })
})
