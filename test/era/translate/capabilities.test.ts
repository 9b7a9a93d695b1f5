import { expect, test } from 'bun:test'
import { carriedCapabilities } from '../../../src/era/translate/capabilities.ts'

test('everything that one era can do is carried to the other, but the core tasks of 2025-11-25', () => {
  const extensions = { 'io.modelcontextprotocol/tasks': {} }
  const carried = { tools: { listChanged: true }, extensions, vendor: { any: 'thing' } }
  expect(carriedCapabilities({ ...carried, tasks: { list: {} } })).toEqual(carried)
})

test.each([[undefined], [null], ['tools'], [['tools']]])('%p is no capability', (given) => {
  expect(carriedCapabilities(given)).toEqual({})
})
