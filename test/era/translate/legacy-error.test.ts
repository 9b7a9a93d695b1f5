import { describe, expect, test } from 'bun:test'
import { missingCapability, toLegacyError } from '../../../src/era/translate/legacy-error.ts'

describe('a modern error for a legacy client', () => {
  test('a resource that is not there has the code of its era', () => {
    const error = { code: -32602, message: 'not found', data: { uri: 'a:b', more: 1 } }
    expect(toLegacyError('resources/read', error)).toEqual({ ...error, code: -32002 })
  })

  test.each([
    ['resources/read', { code: -32602, message: 'bad cursor' }],
    ['resources/read', { code: -32603, message: 'broken', data: { uri: 'a:b' } }],
    ['prompts/get', { code: -32602, message: 'unknown', data: { uri: 'a:b' } }],
  ])('%s %p stays as it is', (method, error) => {
    expect(toLegacyError(method, error)).toEqual(error)
  })

  test('only a missing capability is told as one', () => {
    expect(missingCapability({ code: -32021, message: 'needs sampling' })).toBe('needs sampling')
    expect(missingCapability({ code: -32602, message: 'no' })).toBeUndefined()
  })
})
