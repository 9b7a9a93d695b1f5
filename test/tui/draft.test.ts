import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseLossless } from '../../src/client.ts'
import type { JsonObject } from '../../src/core/json-rpc.ts'
import { draftText, readDraft } from '../../tui/draft.ts'
import { markedPlaces, markedSentence } from '../../tui/marks.ts'

const draft = (parameters: JsonObject, before?: string) =>
  draftText({
    server: 'prod',
    tool: 'delete_user',
    parameters,
    marks: markedPlaces(parameters),
    before,
  })

describe('parameters in an editor', () => {
  test('come back as they went, whatever they hold', () => {
    const names = fc
      .array(fc.nat(0xffff), { maxLength: 8 })
      .map((codes) => String.fromCharCode(...codes))
    const values = fc.dictionary(names, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    fc.assert(
      fc.property(values, (given) => {
        const parameters = JSON.parse(JSON.stringify(given)) as JsonObject
        fc.pre(markedPlaces(parameters).length === 0)
        expect(readDraft(draft(parameters).text)).toEqual({ kind: 'parameters', parameters })
      }),
    )
  })

  test('numbers keep their digits', () => {
    const text = '{"id":12345678901234567890,"rate":1.10}'
    const read = readDraft(draft(parseLossless(text) as JsonObject).text)
    expect(read.kind === 'parameters' && JSON.stringify(read.parameters)).toBe(text)
  })

  test('the editor begins behind the notes, which hold nothing that a terminal obeys', () => {
    const { text, line } = draftText({
      server: 'a\u001b]0;x\u0007',
      tool: 't\n{"x":1}',
      parameters: {},
      marks: [],
      before: undefined,
    })
    expect(text.split('\n')[line - 1]).toBe('{}')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(readDraft(text)).toEqual({ kind: 'parameters', parameters: {} })
  })

  test('nothing is sent when nothing is left, and a fault is told at its place in the file', () => {
    expect(readDraft('// only notes\n\n')).toEqual({ kind: 'nothing' })
    expect(readDraft('// note\n{\n  "a": oops\n}\n')).toEqual({
      kind: 'fault',
      sentence: 'no JSON at line 3, character 8: expected a value; text stands in double quotes',
    })
    expect(readDraft('[1]')).toEqual({ kind: 'fault', sentence: 'parameters are an object, { … }' })
    expect(readDraft('{"a":1,"a":2}')).toMatchObject({ kind: 'fault' })
  })

  test('what could not be read is there again, under notes of its own', () => {
    const { text } = draft({ unseen: 1 }, '// old note\n{ "a": oops }\n')
    expect(text).toContain('{ "a": oops }')
    expect(text).not.toContain('old note')
    expect(text).not.toContain('unseen')
  })
})

describe('the marks of the record', () => {
  const kept = {
    password: '[redacted]',
    header: 'Bearer [redacted]',
    list: [{ body: '[omitted: 9000 bytes, sha256 ab]' }],
    fine: 'redacted',
  }

  test('are named with their places, in the notes and in a sentence', () => {
    expect(markedPlaces(kept)).toEqual(['password', 'header', 'list[0].body'])
    expect(markedPlaces('[redacted]')).toEqual(['all of them'])
    expect(draft(kept).text).toContain('//     list[0].body\n')
    expect(markedSentence(markedPlaces(kept))).toBe(
      'the record keeps only marks in place of password, header, list[0].body, and marks are never sent; E writes the values anew',
    )
    expect(markedSentence([...'abcdef'])).toContain('a, b, c, d and 2 more')
  })

  test('are never sent as values', () => {
    expect(readDraft(draft(kept).text)).toEqual({
      kind: 'fault',
      sentence: 'marks are never sent, and here they still stand: password, header, list[0].body',
    })
  })
})
