import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Conversation } from '../../src/core/conversation.ts'
import { finalAnswer } from '../../src/core/conversation.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { buildRequest, type JsonObject } from '../../src/core/json-rpc.ts'
import { META } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { createPool } from '../../src/upstream/pool.ts'
import { startBadServer } from '../support/bad-server.ts'
import { entryOf, handshake, never, options } from './conversations.ts'

const server = startBadServer()
const pool = createPool({
  embedded: () => undefined,
  environment: { PATH: process.env.PATH },
  now: () => performance.now(),
})
afterAll(async () => {
  await pool.close()
  server.close()
})

const STDIO: Partial<ServerEntry> = {
  transport: 'stdio',
  command: [process.execPath, join(import.meta.dir, '../support/bad-server.ts')],
}
const MODERN = { protocolVersion: '2026-07-28' }
const LEGACY = { protocolVersion: '2025-11-25' }
const TRANSPORTS: Readonly<Record<string, Partial<ServerEntry>>> = {
  'modern-json': { url: server.url('/json'), ...MODERN },
  'modern-stream': { url: server.url('/stream'), ...MODERN },
  'legacy-json': { url: server.url('/json'), ...LEGACY },
  'legacy-stream': { url: server.url('/stream'), ...LEGACY },
  'http-sse': { transport: 'sse', url: server.url('/sse'), ...LEGACY },
  'modern-stdio': { ...STDIO, ...MODERN },
  'legacy-stdio': { ...STDIO, ...LEGACY },
}
pool.replace(
  Object.entries(TRANSPORTS).map(([name, entry]) => entryOf({ name, timeout: 8000, ...entry })),
)

const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}'
const RIGHT = '{"jsonrpc":"2.0","id":$ID,"result":{"right":true}}'
/** What a server says to a call, and whether that is an answer after all. */
const FAULTS: readonly (readonly [name: string, texts: readonly string[], answered?: true])[] = [
  ['nothing', []],
  ['a wrong id', ['{"jsonrpc":"2.0","id":424242,"result":{}}']],
  ['an id of another type', ['{"jsonrpc":"2.0","id":["$ID"],"result":{}}']],
  ['no id', ['{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}']],
  ['half a message', ['{"jsonrpc":"2.0","id":$ID,"res']],
  ['no JSON', ['Segmentation fault (core dumped)']],
  ['a batch', [`[${RIGHT}]`]],
  ['neither result nor error', ['{"jsonrpc":"2.0","id":$ID}']],
  [
    'both result and error',
    ['{"jsonrpc":"2.0","id":$ID,"result":{},"error":{"code":1,"message":""}}'],
  ],
  ['JSON-RPC 1.0', ['{"id":$ID,"result":{}}']],
  ['a hundred thousand brackets', ['['.repeat(100_000)]],
  ['two answers', [RIGHT, RIGHT.replace('true', 'false')], true],
  ['garbage before the answer', ['{"half', '[]', '""', RIGHT], true],
  ['a flood before the answer', [...Array<string>(5000).fill(NOTE), RIGHT], true],
]

const call = (id: number, texts: readonly string[]) =>
  buildRequest(id, 'tools/call', {
    name: 'say',
    arguments: { texts },
    _meta: { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {} },
  })
/** The answer's result, or the sentence of the refusal, thrown or in band. */
const outcomeOf = async (conversation: Conversation, id: number, texts: readonly string[]) => {
  try {
    const reply = await conversation.send(call(id, texts), options())
    const answer = JSON.parse((await finalAnswer(reply)) ?? '{}') as JsonObject
    expect(answer.id).toBe(id)
    const error = answer.error as { message: string } | undefined
    return error === undefined ? answer.result : error.message
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause
    return cause.message
  }
}

describe('whatever a server says, over whatever transport', () => {
  // They wait for the same deadline, so they wait together.
  const all = Object.keys(TRANSPORTS).map(async (name) => {
    const upstream = pool.get(name)
    if (upstream === undefined) throw new Error('not there')
    const era = TRANSPORTS[name]?.protocolVersion === '2026-07-28' ? 'modern' : 'legacy'
    const opened = await upstream.open(era, never)
    const conversation = era === 'legacy' ? await handshake(opened) : opened
    // Its process is there before the clock of the others runs.
    await outcomeOf(conversation, 999, [RIGHT])
    const faults = FAULTS.map(([, texts], at) => outcomeOf(conversation, at, texts))
    const neighbours = FAULTS.map((_fault, at) =>
      outcomeOf(conversation, 1000 + at, [`{"jsonrpc":"2.0","id":$ID,"result":{"at":${at}}}`]),
    )
    return [
      name,
      { faults: await Promise.all(faults), neighbours: await Promise.all(neighbours) },
    ] as const
  })
  const outcomes = Promise.all(all).then((entries) => new Map(entries))

  for (const name of Object.keys(TRANSPORTS)) {
    test(`the call ends with its answer or with an error that names the server (${name})`, async () => {
      const found = (await outcomes).get(name)?.faults ?? []
      for (const [at, [fault, , answered]] of FAULTS.entries()) {
        // One JSON body holds one text: the last of them.
        const isSecond = fault === 'two answers' && name.endsWith('-json')
        if (answered) expect({ fault, is: found[at] }).toEqual({ fault, is: { right: !isSecond } })
        else expect(`${fault}: ${String(found[at])}`).toStartWith(`${fault}: Server ${name} `)
      }
    }, 60_000)

    test(`and its neighbours have their own answers (${name})`, async () => {
      const found = (await outcomes).get(name)?.neighbours
      expect(found).toEqual(FAULTS.map((_fault, at) => ({ at })))
    })
  }
})
