import { expect } from 'bun:test'
import type { Era } from '../../src/core/protocol.ts'
import type { EverythingServer } from '../conformance/everything-server.ts'
import type { Heard, RealClient } from '../support/clients.ts'

/** A client of one era and what stands behind the gateway. */
export type Pairing = Readonly<{
  client: RealClient
  clientEra: Era
  server: EverythingServer
  serverEra: Era
}>

type Cell = (pairing: Pairing) => Promise<void>

/** What the five abilities of the bridge score mean: done by a real client, and seen at the server. */
export const CELLS: Readonly<Record<string, Cell>> = {
  call: async ({ client, clientEra }) => {
    expect(client.hello()).toMatchObject({ era: clientEra, serverInfo: { name: 'everything' } })
    const result = await call(client, 'test_multiple_content_types')
    expect(result).toMatchObject({ content: [{ type: 'text' }, { type: 'image' }, {}] })
    expect(await call(client, 'test_error_handling')).toMatchObject({ isError: true })
  },

  'call with progress and cancel': async ({ client, server }) => {
    const before = server.cancelled()
    const controller = new AbortController()
    const progress: unknown[] = []
    const given = { name: 'test_waiting', arguments: {} }
    const waiting = client.ask('tools/call', given, {
      signal: controller.signal,
      onprogress: (step) => {
        progress.push(step)
        controller.abort('changed my mind')
      },
    })
    await expect(waiting).rejects.toThrow()
    expect(progress).toEqual([expect.objectContaining({ progress: 1, message: 'began' })])
    await eventually(() => server.cancelled() > before, 'the server heard of no cancellation')
  },

  'call with elicitation': async ({ client, serverEra }) => {
    const [name, given, shows] = ASKING[serverEra]
    expect(JSON.stringify(await call(client, name, given))).toContain(shows)
  },

  'list and change notification': async ({ client, clientEra, server }) => {
    const { tools } = (await client.ask('tools/list', {})) as { tools: { name: string }[] }
    expect(tools.map(({ name }) => name)).toContain('test_simple_text')
    const announce = () => server.announce('tools')
    await hears(client, clientEra, { toolsListChanged: true }, announce, {
      method: 'notifications/tools/list_changed',
    })
  },

  'resource read and subscribe': async ({ client, clientEra, server }) => {
    const uri = 'test://watched-resource'
    const read = await client.ask('resources/read', { uri })
    expect(read).toMatchObject({ contents: [{ uri, text: 'Watched resource content' }] })
    if (clientEra === 'legacy') await client.ask('resources/subscribe', { uri })
    const announce = () => server.announce({ resource: uri })
    await hears(client, clientEra, { resourceSubscriptions: [uri] }, announce, {
      method: 'notifications/resources/updated',
      params: { uri },
    })
    if (clientEra === 'legacy') await client.ask('resources/unsubscribe', { uri })
  },
}

const call = (client: RealClient, name: string, given: object = {}) =>
  client.ask('tools/call', { name, arguments: given })

/** Each era of a server has its own way to ask its client in the middle of a call. */
const ASKING: Readonly<Record<Era, readonly [string, object, string]>> = {
  legacy: ['test_elicitation', { message: 'Who?' }, 'action=accept'],
  modern: ['test_input_required_result_elicitation', {}, 'Hello, Ada!'],
}

/** A stream may open a moment after its client is ready, and what was told before is not told again. */
const hears = async (
  client: RealClient,
  era: Era,
  filter: Record<string, unknown>,
  announce: () => void,
  awaited: Heard,
) => {
  const from = client.heard.length
  const listening = era === 'modern' ? await client.listen(filter) : undefined
  const found = () => {
    announce()
    return client.heard.slice(from).some((heard) => matches(heard, awaited))
  }
  try {
    await eventually(found, `no ${awaited.method}`)
  } finally {
    await listening?.close()
  }
}

const eventually = async (holds: () => boolean, complaint: string) => {
  const deadline = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(complaint)
    await Bun.sleep(25)
  }
}

const matches = (heard: Heard, { method, params }: Heard): boolean =>
  heard.method === method &&
  Object.entries(params ?? {}).every(
    ([name, value]) => (heard.params as Record<string, unknown> | undefined)?.[name] === value,
  )
