import { expect, test } from 'bun:test'
import { createStdioBridge } from '../../src/client/stdio-bridge.ts'
import { errorText } from '../../src/core/json-rpc.ts'

/** What a client reads of a gateway that refuses everything before it looks at it. */
const refusedFor = async (line: string): Promise<unknown> => {
  const gateway = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () =>
      new Response(errorText(undefined, { code: -32600, message: 'Authentication required' }), {
        status: 401,
        headers: { 'content-type': 'application/json' },
      }),
  })
  const written: string[] = []
  const bridge = createStdioBridge({
    send: (path, init) => fetch(`http://127.0.0.1:${gateway.port}${path}`, init),
    path: '/mcp',
    write: (text) => written.push(text),
    note: () => undefined,
  })
  bridge.take(line)
  await bridge.end(10_000)
  await gateway.stop(true)
  expect(written).toHaveLength(1)
  return JSON.parse(written[0] ?? '')
}

test.each(['"$&"', '"$\'"', '"datacline:id"', '"\\u0000"', '-7', '""'])(
  'a refusal comes back under the id of the request, also %s',
  async (idText) => {
    const answer = await refusedFor(
      `{"jsonrpc":"2.0","id":${idText},"method":"initialize","params":{}}`,
    )
    expect(answer).toEqual({
      jsonrpc: '2.0',
      id: JSON.parse(idText),
      error: { code: -32600, message: 'Authentication required' },
    })
  },
)
