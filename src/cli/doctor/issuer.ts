import { checkedIssuer, checkIssuer } from '../../compose/issuer-check.ts'
import { type Check, error, isReadable, ok, ours, warning } from './check.ts'

export const issuer: Check = {
  title: 'the issuer of tokens serves its keys',
  run: async (scene) => {
    const { values } = scene.configuration.settings
    const where = checkedIssuer(values)
    const status = await checkIssuer({ values, fetch: scene.fetch, tick: scene.tick })
    if (where === undefined || status === undefined) return [ok('no issuer to ask')]
    if (status.state !== 'up') {
      const detail = 'the keys of the issuer cannot be had, so every token is refused with 503'
      const facts = status.problem?.split('; ') ?? []
      return [error(detail, { where, facts, fix: `curl -i ${discoveryOf(where)}` })]
    }
    const well = ok('the issuer serves its keys', { where })
    if (!isReadable(where)) return [well]
    const detail = 'the issuer is spoken to over plain http: who is on the way can replace its keys'
    return [well, warning(detail, { where, fix: ours(scene, 'config', 'show') })]
  },
}

const discoveryOf = (url: string): string =>
  `${url.replace(/\/+$/, '')}/.well-known/openid-configuration`
