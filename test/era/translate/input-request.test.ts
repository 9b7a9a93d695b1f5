import { describe, expect, test } from 'bun:test'
import {
  mayBeAsked,
  refuseQuestion,
  toInputRequest,
} from '../../../src/era/translate/input-request.ts'

const ELICIT = 'elicitation/create'
const SAMPLE = 'sampling/createMessage'

describe('what a server may ask', () => {
  test.each([
    [ELICIT, {}, { elicitation: {} }, true],
    [ELICIT, { mode: 'form' }, { elicitation: { form: {} } }, true],
    [ELICIT, {}, { elicitation: { url: {} } }, false],
    [ELICIT, { mode: 'url' }, { elicitation: { url: {} } }, true],
    [ELICIT, { mode: 'url' }, { elicitation: {} }, false],
    [ELICIT, {}, { sampling: {} }, false],
    [SAMPLE, {}, { sampling: {} }, true],
    [SAMPLE, { tools: [] }, { sampling: {} }, false],
    [SAMPLE, { tools: [] }, { sampling: { tools: {} } }, true],
    ['roots/list', {}, { roots: {} }, true],
    ['roots/list', {}, {}, false],
    ['constructor', {}, { elicitation: {}, sampling: {}, roots: {} }, false],
  ])('%s %j of a client with %j: %p', (method, params, capabilities, expected) => {
    expect(refuseQuestion(method, params, capabilities) === undefined).toBe(expected)
  })

  test('is asked only during what can be answered with a question', () => {
    expect(mayBeAsked('tools/call', { roots: {} })).toBe(true)
    expect(mayBeAsked('tools/list', { roots: {} })).toBe(false)
    expect(mayBeAsked('tools/call', { experimental: {} })).toBe(false)
  })

  test('loses the elicitation id, which nobody knows any more, and nothing else', () => {
    const params = { mode: 'url', elicitationId: 'e', url: 'u', odd: 1 }
    expect(toInputRequest(ELICIT, params)).toEqual({
      method: ELICIT,
      params: { mode: 'url', url: 'u', odd: 1 },
    })
    expect(toInputRequest('roots/list', undefined)).toEqual({ method: 'roots/list' })
  })
})
