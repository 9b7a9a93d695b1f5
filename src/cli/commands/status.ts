import type { Client } from '../../client.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import type { Tone } from '../colour.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connection.ts'
import { CliFault } from '../failure.ts'
import type { Output } from '../output.ts'

export const status = defineCommand({
  name: 'status',
  summary: 'Shows how the gateway and its parts are doing',
  flags: {},
  examples: ['datacline status', 'datacline status --json --fields status,parts.policy'],
  exits: ['gateway_unreachable', 'check_failed'],
  run: async (call) => {
    const client = await connect(call)
    const body = await readStatus(client)
    call.output.result(body, () => statusText(body, call.output))
    if (body.status === 'down') throw new CliFault('check_failed', 'a part of the gateway is down')
    return 'ok'
  },
})

/** All of it is told without a token. */
const readStatus = async (client: Client): Promise<JsonObject> => {
  const [root, ready] = await Promise.all([
    client.request('GET', '/'),
    // A gateway that is down in a part says so with 503, and what it says is what we want.
    client.request('GET', '/health/ready', { alsoFine: [503] }),
  ])
  return {
    gateway: client.url,
    version: root.version,
    status: ready.status,
    auth_enabled: root.auth_enabled,
    parts: ready.parts,
  }
}

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'allow',
  ready: 'allow',
  degraded: 'warn',
  down: 'deny',
}

const statusText = (body: JsonObject, { paint }: Output): string => {
  const state = (value: unknown) => paint(TONES[String(value)] ?? 'dim', printable(String(value)))
  const parts = Object.entries(isObject(body.parts) ? body.parts : {})
  const authentication = body.auth_enabled === false ? paint('warn', 'NO-AUTH (development)') : 'on'
  const lines: readonly (readonly [string, string])[] = [
    ['gateway', printable(`${body.gateway}`)],
    ['version', printable(String(body.version))],
    ['status', state(body.status)],
    ['authentication', authentication],
    ...parts.map(([name, value]) => [printable(name), state(value)] as const),
  ]
  return lines.map(([name, value]) => `${name.padEnd(16)}${value}\n`).join('')
}
