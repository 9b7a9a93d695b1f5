import { expect, test } from 'bun:test'
import { rewrite } from '../../src/federation/rewrite.ts'

const rewriting = (method: string | undefined) => ({
  server: 's',
  method,
})

test('only what must stay resolvable is rewritten, everything else value for value', () => {
  const text =
    '{"jsonrpc":"2.0","id":12345678901234567890,"result":{"content":[' +
    '{"type":"resource_link","uri":"a://1","size":1e400},' +
    '{"type":"resource","resource":{"uri":"a://2","text":"uri"}},' +
    '{"type":"new-kind","uri":"a://3"}],"structuredContent":{"uri":"a://4","n":9007199254740993}}}'
  const expected = text.replace('"a://1"', '"s+a://1"').replace('"a://2"', '"s+a://2"')
  expect(rewrite(text, rewriting('tools/call'))).toBe(expected)
})

test('a server’s own request carries whose it is, and so does its cancellation', () => {
  const asked = '{"jsonrpc":"2.0","id":5,"method":"roots/list"}'
  expect(JSON.parse(rewrite(asked, rewriting('tools/call'))).id).toBe('s:5')
  const cancelled = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}'
  expect(JSON.parse(rewrite(cancelled, rewriting(undefined))).params.requestId).toBe('s:5')
})

test('what a client gave to recognise its own request stays as it is', () => {
  const text =
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}'
  expect(rewrite(text, rewriting('tools/call'))).toBe(text)
})

const TASK_TEXTS: readonly (readonly [method: string | undefined, text: string])[] = [
  ['tools/call', '{"id":1,"result":{"resultType":"task","taskId":"t","n":12345678901234567890}}'],
  ['tools/call', '{"id":1,"result":{"task":{"taskId":"t","status":"working"}}}'],
  ['tasks/get', '{"id":1,"result":{"taskId":"t","result":{"content":[]}}}'],
  ['tasks/cancel', '{"id":1,"result":{"taskId":"t"}}'],
  [
    'tasks/result',
    '{"id":1,"result":{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t"}}}}',
  ],
  [undefined, '{"method":"notifications/tasks/status","params":{"taskId":"t"}}'],
  [undefined, '{"method":"notifications/tasks","params":{"taskId":"t"}}'],
]
test.each(TASK_TEXTS)('a task in %p is named so that it leads back: %s', (method, text) => {
  expect(rewrite(text, rewriting(method))).toBe(text.replace('"taskId":"t"', '"taskId":"s:t"'))
})

test('a link in what a task came to is rewritten too', () => {
  const text =
    '{"id":1,"result":{"taskId":"t","result":{"content":[{"type":"resource_link","uri":"a://1"}]}}}'
  expect(rewrite(text, rewriting('tasks/get'))).toContain('"uri":"s+a://1"')
})

test('a member of a tool’s own that is called like a task stays as it is', () => {
  const text = '{"id":1,"result":{"content":[],"taskId":"t","structuredContent":{"taskId":"u"}}}'
  expect(rewrite(text, rewriting('tools/call'))).toBe(text)
})
