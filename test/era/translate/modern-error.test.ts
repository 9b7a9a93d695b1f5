import { describe, expect, test } from 'bun:test'
import { toModernError, urlElicitations } from '../../../src/era/translate/modern-error.ts'

describe('an error of a legacy server', () => {
  test.each([
    [-32602, -32602],
    [-32601, -32601],
    [-32603, -32603],
    [-32000, -32603],
    [-32001, -32603],
    // Here they mean something else since 2026-07-28.
    [-32020, -32603],
    [-32022, -32603],
    [-32042, -32603],
    [-32099, -32603],
    [-32100, -32100],
    [5, 5],
  ])('with code %d has code %d', (code, expected) => {
    const error = toModernError({ code, message: 'm', data: { kept: 1 }, odd: true }, {})
    expect(error).toEqual({ code: expected, message: 'm', data: { kept: 1 }, odd: true })
  })

  test('that a resource is not there names it, and keeps what the server said', () => {
    const told = (data?: unknown) =>
      toModernError(
        { code: -32002, message: 'm', ...(data !== undefined && { data }) },
        { uri: 'u' },
      )
    expect(told()).toEqual({ code: -32602, message: 'm', data: { uri: 'u' } })
    expect(told({ uri: 'theirs' })).toMatchObject({ data: { uri: 'theirs' } })
    expect(told({ why: 1 })).toMatchObject({ data: { why: 1, uri: 'u' } })
    expect(told('text')).toMatchObject({ data: 'text' })
  })

  test('that sends a person to a URL is one only with a URL to go to', () => {
    const elicitations = [{ url: 'https://x.example/' }]
    expect(urlElicitations({ code: -32042, data: { elicitations } })).toEqual(elicitations)
    expect(urlElicitations({ code: -32042, data: { elicitations: [] } })).toBeUndefined()
    expect(urlElicitations({ code: -32042, data: 'x' })).toBeUndefined()
    expect(urlElicitations({ code: -32000, data: { elicitations } })).toBeUndefined()
  })
})
