import { explainToken } from '../../compose/explain-token.ts'
import { checkedIssuer, issuerAddress } from '../../compose/issuer-check.ts'
import { type Check, error, type Finding, ok, ours, type Scene } from './check.ts'

/** Seconds that the gateway forgives in the times of a token. */
const FORGIVEN = 5

export const clock: Check = {
  title: 'the clock agrees with the issuer and the gateway',
  run: async (scene, signal) => {
    const issuer = checkedIssuer(scene.configuration.settings.values)
    const others = [
      ...(issuer === undefined ? [] : [['the issuer', issuerAddress(issuer)] as const]),
      ...(scene.gatewayUrl === undefined
        ? []
        : [['the gateway', `${scene.gatewayUrl}/health/live`] as const]),
    ]
    const compared = await Promise.all([
      ...others.map(([who, url]) => compare(who, url, scene, signal)),
      byToken(scene),
    ])
    const found = compared.filter((each) => each !== undefined)
    if (found.length > 0) return found
    if (issuer === undefined) return [ok('nobody to compare it with')]
    // Keycloak by itself sends no Date.
    const fix = ours(scene, 'doctor', 'clock', '--token-file', 'FILE')
    return [ok(`the issuer tells no time; a fresh token does: ${fix}`, { where: issuer })]
  },
}

/** Milliseconds for an answer; who does not give one is another check's finding. */
const EACH = 3_000

/** Undefined when there was no answer with a date in it. */
const compare = async (
  who: string,
  url: string,
  { fetch, now }: Scene,
  signal: AbortSignal,
): Promise<Finding | undefined> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(EACH)])
  const before = now()
  const response = await fetch(url, { redirect: 'manual', signal: limit }).catch(() => undefined)
  const after = now()
  await response?.body?.cancel()
  const theirs = Date.parse(response?.headers.get('date') ?? '')
  if (Number.isNaN(theirs)) return undefined
  const where = new URL(url).origin
  // The header is cut to whole seconds, and was written somewhere between our two looks at the clock.
  const behind = (theirs - after) / 1000
  const ahead = (before - theirs) / 1000 - 1
  const seconds = Math.round(Math.max(behind, ahead))
  if (seconds <= FORGIVEN) return ok(`agrees with that of ${who}`, { where })
  const side = ahead > behind ? 'ahead of' : 'behind'
  const detail = `this clock is ${seconds} s ${side} that of ${who}, and tokens are judged by it`
  return error(detail, { where, fix: SET_CLOCK[process.platform] ?? 'date -u' })
}

/** A token that its issuer signed was not issued in the future. */
const byToken = async (scene: Scene): Promise<Finding | undefined> => {
  const { configuration, token, fetch, now, tick } = scene
  if (token === undefined) return undefined
  const { values } = configuration.settings
  const story = await explainToken({ values, token: token.text, fetch, now, tick })
  const issuedAt = story?.claims?.iat
  if (typeof issuedAt !== 'number' || story === undefined) return undefined
  const { verdict } = story
  if (verdict !== 'accepted' && verdict !== 'issued_in_future') return undefined
  const ahead = Math.round(issuedAt - now() / 1000)
  const where = token.from
  if (ahead <= FORGIVEN) return ok('agrees with the token that is given', { where })
  const detail = `this clock is at least ${ahead} s behind that of the issuer: it signed a token that is not issued yet by this clock`
  return error(detail, { where, fix: SET_CLOCK[process.platform] ?? 'date -u' })
}

const SET_CLOCK: Readonly<Record<string, string>> = {
  linux: 'sudo timedatectl set-ntp true',
  darwin: 'sudo sntp -sS time.apple.com',
  win32: 'w32tm /resync',
}
