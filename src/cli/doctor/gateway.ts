import { ClientFault, createClient } from '../../client.ts'
import { VERSION } from '../version.ts'
import { type Check, error, ok, ours, type Scene, warning } from './check.ts'

export const gateway: Check = {
  title: 'the gateway that runs here is well',
  run: async (scene, signal) => {
    const { gatewayUrl: where } = scene
    if (where === undefined) return [ok('none runs from this directory')]
    const fix = ours(scene, 'status')
    try {
      const body = await askReadiness(where, signal, scene)
      const parts = Object.entries(body.parts ?? {}).filter(([, state]) => state !== 'ok')
      const facts = parts.map(([name, state]) => `${name}: ${state}`)
      if (body.status === 'ready') return [ok('it is ready', { where })]
      if (body.status === 'down') return [error('a part of it is down', { where, facts, fix })]
      return [warning('it is degraded', { where, facts, fix })]
    } catch (cause) {
      if (!(cause instanceof ClientFault)) throw cause
      return [error(`it holds the lock and does not answer: ${cause.message}`, { where, fix })]
    }
  },
}

const askReadiness = (url: string, signal: AbortSignal, { fetch }: Scene) =>
  createClient({
    url,
    token: undefined,
    deadline: () => signal,
    clientInfo: { name: 'datacline', version: VERSION },
    fetch,
  }).request('GET', '/health/ready', { alsoFine: [503] })
