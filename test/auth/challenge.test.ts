import { describe, expect, test } from 'bun:test'
import { challenge } from '../../src/auth/challenge.ts'
import { Unauthenticated } from '../../src/core/errors.ts'

const resourceMetadata = 'https://gateway.example/.well-known/oauth-protected-resource/mcp'

describe('the challenge of a 401', () => {
  test('F18: points to the metadata of the resource', () => {
    expect(challenge(new Unauthenticated('no_token', false), { resourceMetadata })).toBe(
      `Bearer resource_metadata="${resourceMetadata}"`,
    )
  })

  test('F18: says that a presented token is invalid, and never why', () => {
    const refusal = new Unauthenticated('expired', true, { cause: new Error('exp was 7') })
    const value = challenge(refusal, { resourceMetadata })
    expect(value).toBe(`Bearer resource_metadata="${resourceMetadata}", error="invalid_token"`)
    expect(refusal.message).toBe('Invalid token')
  })

  test('lists the scopes that are needed', () => {
    const refusal = { presented: false }
    expect(
      challenge(refusal, { resourceMetadata: undefined, scopes: ['mcp:tools', 'mcp:x'] }),
    ).toBe('Bearer scope="mcp:tools mcp:x"')
  })

  test('is a bare scheme when there is nothing to say', () => {
    expect(challenge({ presented: false }, { resourceMetadata: undefined })).toBe('Bearer')
  })

  test('cannot be broken out of', () => {
    const value = challenge({ presented: false }, { resourceMetadata: 'x", error="\\\r\nX: y é' })
    expect(value).toBe('Bearer resource_metadata="x\\", error=\\"\\\\X: y "')
  })
})
