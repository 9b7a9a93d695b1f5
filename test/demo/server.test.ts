import { describe, expect, test } from 'bun:test'
import { createDemoServer } from '../../src/demo/server.ts'
import { until } from '../support/until.ts'
import { connectIn, connectPeer, ERAS, instant } from './peer.ts'

describe.each([...ERAS])('in the %s era', (era) => {
  test('pages and people can be listed and read', async () => {
    const { ask } = await connectIn(era)
    const { resources } = (await ask('resources/list')).result
    expect(resources.length).toBe(13)
    for (const { uri, mimeType } of resources) {
      const { contents } = (await ask('resources/read', { uri })).result
      expect(contents).toEqual([{ uri, mimeType, text: expect.any(String) }])
    }
    const { resourceTemplates } = (await ask('resources/templates/list')).result
    expect(resourceTemplates[0].uriTemplate).toBe('demo://users/{id}')
  })

  test('prompts are listed, filled in, and refused without their argument', async () => {
    const { ask } = await connectIn(era)
    const { prompts } = (await ask('prompts/list')).result
    expect(prompts.map((prompt: { name: string }) => prompt.name)).toEqual([
      'tour',
      'welcome_email',
    ])
    expect(prompts[1].arguments[0]).toEqual({
      name: 'id',
      title: 'User',
      description: 'The id of the user',
      required: true,
    })
    const filled = (await ask('prompts/get', { name: 'welcome_email', arguments: { id: '1' } }))
      .result
    expect(filled.messages[0].content.text).toStartWith('Write a cheerful welcome email')
    expect(filled.messages[1].content.resource.uri).toBe('demo://users/1')
    expect((await ask('prompts/get', { name: 'tour' })).result.messages.length).toBe(1)
    for (const params of [
      { name: 'nope' },
      {},
      { name: 'welcome_email' },
      { name: 'welcome_email', arguments: { id: 1 } },
      { name: 'welcome_email', arguments: { id: '99' } },
    ]) {
      expect((await ask('prompts/get', params)).error?.code).toBe(-32602)
    }
  })

  test('arguments of prompts and templates are completed', async () => {
    const { ask } = await connectIn(era)
    const complete = async (ref: object, name: string, value: string) =>
      await ask('completion/complete', { ref, argument: { name, value } })
    const prompt = { type: 'ref/prompt', name: 'welcome_email' }
    expect((await complete(prompt, 'tone', 'f')).result.completion).toEqual({
      values: ['formal'],
      total: 1,
      hasMore: false,
    })
    expect((await complete(prompt, 'id', '')).result.completion.total).toBe(7)
    const template = { type: 'ref/resource', uri: 'demo://users/{id}' }
    expect((await complete(template, 'id', '7')).result.completion.values).toEqual(['7'])
    for (const [ref, name] of [
      [{ type: 'ref/prompt', name: 'nope' }, 'id'],
      [prompt, 'nope'],
      [{ type: 'ref/resource', uri: 'demo://x' }, 'id'],
      [template, 'nope'],
      [{ type: 'ref/other' }, 'id'],
    ] as const) {
      expect((await complete(ref, name, '')).error?.code).toBe(-32602)
    }
    expect((await ask('completion/complete', {})).error?.code).toBe(-32602)
  })

  test('an unknown method is refused with the id of the request, of its own type', async () => {
    const { ask } = await connectIn(era)
    for (const id of ['seven', 7, 0]) {
      const answer = await ask('tools/nope', {}, id)
      expect(answer.id).toBe(id)
      expect(answer.error).toMatchObject({ code: -32601, message: 'Method not found: tools/nope' })
    }
    expect((await ask('toString')).error?.code).toBe(-32601)
  })
})

describe('what is no message', () => {
  test.each([
    ['{', -32700, null],
    ['[]', -32600, null],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, null],
    ['"x"', -32600, null],
    ['{"id":1,"method":"ping"}', -32600, 1],
    ['{"jsonrpc":"2.0","id":"a","method":"ping","params":[]}', -32600, 'a'],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, null],
  ])('%s is answered with %d', (text, code, id) => {
    const peer = connectPeer()
    peer.receive(text)
    expect(peer.answers).toEqual([
      { jsonrpc: '2.0', id, error: { code, message: expect.any(String) } } as never,
    ])
  })

  test('unknown notifications and stray responses are passed over', async () => {
    const peer = connectPeer()
    peer.notify('notifications/unheard-of')
    peer.notify('constructor')
    peer.notify('notifications/cancelled', { requestId: 'never' })
    peer.notify('notifications/cancelled')
    peer.receive('{"jsonrpc":"2.0","id":1,"result":{}}')
    expect(await peer.request('ping')).toEqual({ jsonrpc: '2.0', id: 1, result: {} } as never)
    expect(peer.answers.length).toBe(1)
  })
})

test('an id that is already in use is refused, and the first request goes on', async () => {
  const peer = await connectIn('legacy')
  void peer.ask('tools/call', { name: 'search_docs', arguments: { query: 'x' } }, 'same')
  void peer.ask('ping', {}, 'same')
  expect(peer.answers.at(-1)).toMatchObject({ id: 'same', error: { code: -32600 } })
  const last = await until(
    () => peer.answers.at(-1),
    (answer) => answer?.result !== undefined,
  )
  expect(last).toMatchObject({ id: 'same', result: { content: expect.anything() } })
})

test('a closed connection hears nothing more', async () => {
  const server = createDemoServer(instant)
  const leaving = await connectIn('legacy', server)
  const staying = await connectIn('legacy', server)
  const answered = leaving.answers.length
  void leaving.callTool('search_docs', { query: 'x' })
  leaving.close()
  await staying.callTool('delete_user', { id: '1' })
  await Bun.sleep(20)
  expect(leaving.answers.length).toBe(answered)
  expect(leaving.heard).toEqual([])
  expect(staying.heard.map(({ method }) => method)).toContain(
    'notifications/resources/list_changed',
  )
})
