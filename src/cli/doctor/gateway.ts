import { ClientFault } from '../../client.ts'
import { askGateway } from './ask-gateway.ts'
import { type Check, error, ok, ours, warning } from './check.ts'

/** A gateway that is down in a part says so with 503, and what it says is what we want. */
const ASKED = { alsoFine: [503] }

export const gateway: Check = {
  title: 'the gateway that runs here, or that --gateway names, is well',
  run: async (scene, signal) => {
    const where = scene.namedUrl ?? scene.gatewayUrl
    if (where === undefined) return [ok('none runs from this directory')]
    const fix = ours(scene, 'status')
    try {
      const body = await askGateway(where, signal).request('GET', '/health/ready', ASKED)
      const parts = Object.entries(body.parts ?? {}).filter(([, state]) => state !== 'ok')
      const facts = parts.map(([name, state]) => `${name}: ${state}`)
      if (body.status === 'ready') return [ok('it is ready', { where })]
      if (body.status === 'down') return [error('a part of it is down', { where, facts, fix })]
      return [warning('it is degraded', { where, facts, fix })]
    } catch (cause) {
      if (!(cause instanceof ClientFault)) throw cause
      const who = scene.namedUrl === undefined ? 'it holds the lock' : 'it is named'
      return [error(`${who} and does not answer: ${cause.message}`, { where, fix })]
    }
  },
}
