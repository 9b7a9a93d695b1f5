import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { StreamEvent } from '../../src/core/conversation.ts'
import { finalAnswer } from '../../src/core/conversation.ts'
import { permit } from '../../src/core/decision.ts'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import { createFulfil } from '../../src/gateway/fulfil.ts'
import { createTasks } from '../../src/gateway/tasks.ts'
import { trimListing } from '../../src/gateway/trim-listing.ts'
import { reason } from '../support/parts.ts'

const tools = (...names: unknown[]) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: names.map((name) => ({ name })) } })

describe('a trimmed listing', () => {
  test('holds exactly what its reader may use', () => {
    const text = trimListing(tools('a', 'b', 'c'), 'tools/list', (name) => name !== 'b')
    expect(JSON.parse(text).result.tools).toEqual([{ name: 'a' }, { name: 'c' }])
  })

  test('what stays, stays as it was written', () => {
    const text =
      '{ "id":1, "result": {"tools": [ {"name":"a", "x": 1.0} , {"name":"b"},{"name":"c","y":1e2}], "cacheScope": "public" } }'
    expect(trimListing(text, 'tools/list', (name) => name !== 'b')).toBe(
      '{ "id":1, "result": {"tools": [{"name":"a", "x": 1.0},{"name":"c","y":1e2}], "cacheScope": "private" } }',
    )
  })

  test('a listing that two parsers read differently shows nobody what is denied', () => {
    const text =
      '{"id":1,"result":{"tools":[{"name":"denied"}],"tools":[{"name":"denied","name":"a"}]}}'
    const trimmed = trimListing(text, 'tools/list', (name) => name === 'a')
    expect(trimmed).toBe('{"id":1,"result":{"tools":[{"name":"a"}]}}')
  })

  test('an entry without a name is nobody’s', () => {
    const text = trimListing(tools(7, 'a'), 'tools/list', () => true)
    expect(JSON.parse(text).result.tools).toEqual([{ name: 'a' }])
  })

  test('is private to its reader, whatever the upstream says', () => {
    const text = '{"jsonrpc":"2.0","id":1,"result":{"tools":[],"cacheScope":"public","ttlMs":5}}'
    expect(JSON.parse(trimListing(text, 'tools/list', () => true)).result).toEqual({
      tools: [],
      cacheScope: 'private',
      ttlMs: 5,
    })
  })

  test('an error stays as it is', () => {
    const text = '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}'
    expect(trimListing(text, 'tools/list', () => true)).toBe(text)
  })

  test('resources and templates are trimmed by their URI', () => {
    const text =
      '{"id":1,"result":{"resourceTemplates":[{"uriTemplate":"a://{x}"},{"uriTemplate":"b://"}]}}'
    const kept = trimListing(text, 'resources/templates/list', (uri) => uri.startsWith('a'))
    expect(JSON.parse(kept).result.resourceTemplates).toEqual([{ uriTemplate: 'a://{x}' }])
  })

  test('keeps every other value, digit for digit', () => {
    const text =
      '{"jsonrpc":"2.0","id":12345678901234567890,"result":{"tools":[{"name":"a","x":1e400}],"y":-0}}'
    expect(trimListing(text, 'tools/list', () => true)).toBe(text)
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const tool = { ...extra, name: 'a' }
        const message = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: [tool] } })
        expect(JSON.parse(trimListing(message, 'tools/list', () => true))).toEqual(
          JSON.parse(message),
        )
      }),
    )
  })

  test('a streamed listing is trimmed like a single one', async () => {
    const events = new ReadableStream<StreamEvent>({
      start(controller) {
        controller.enqueue({ data: '', id: '1' })
        controller.enqueue({ data: tools('a', 'hidden'), id: '2' })
        controller.close()
      },
    })
    const fulfil = createFulfil(
      {
        mayList: (_principal, _operation, name) => name !== 'hidden',
        mayUseServer: () => true,
        mayUse: () => true,
        permits: () => true,
        isVirtual: () => false,
      },
      createTasks(),
    )
    const reply = fulfil(
      permit(reason(), ['trim_listing']),
      { kind: 'stream', events },
      toOperation('demo', 'legacy', buildRequest(1, 'tools/list', {})),
      localPrincipal('anonymous', 'local-developer'),
    )
    expect(await finalAnswer(reply)).not.toContain('hidden')
  })
})
