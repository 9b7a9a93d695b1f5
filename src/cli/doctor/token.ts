import { explainToken, type TokenStory } from '../../compose/explain-token.ts'
import { type Check, error, type Finding, ok, ours, type Scene, warning } from './check.ts'
import { claimFacts } from './claim-facts.ts'
import { audienceMapper, REASONS, THEN_ANEW } from './token-reasons.ts'

export const token: Check = {
  title: 'the token that is given would be accepted',
  run: async (scene) => {
    const { token: given, configuration, fetch, now, tick } = scene
    if (given === undefined) return [ok('none is given')]
    const where = given.from
    const { values } = configuration.settings
    const story = await explainToken({ values, token: given.text, fetch, now, tick })
    if (story === undefined && values.authEnabled) {
      const fix = ours(scene, 'doctor', 'settings')
      return [warning('it cannot be judged: no issuer is configured', { where, fix })]
    }
    if (story === undefined) return [ok('none is needed: authentication is off', { where })]
    return [findingOf(story, where, scene)]
  },
}

const findingOf = (story: TokenStory, where: string, scene: Scene): Finding => {
  const { verdict, stock, principal, faults } = story
  const more = { where, facts: claimFacts(story) }
  const say = (...words: readonly string[]) => ours(scene, ...words)
  const mapper = audienceMapper(story.expected)
  if (verdict === 'accepted') {
    const who = principal?.username ?? ''
    if (!stock) return ok(`it is accepted: ${who}`, more)
    const detail = `a stock Keycloak token of ${who}: accepted only because it was given to our client, as any other token of that client is`
    return warning(detail, { ...more, fix: mapper })
  }
  // A token from elsewhere, or of another kind, fails at its key first; what it is says more.
  const says = faults[0] === 'wrong_issuer' || faults[0] === 'wrong_token_type'
  const reason = says || verdict === 'unverified' ? faults[0] : verdict
  if (reason === undefined) {
    const detail = 'its signature cannot be checked: the keys of the issuer cannot be had'
    return error(detail, { ...more, fix: say('doctor', 'issuer') })
  }
  if (reason === 'wrong_audience' && stock) {
    const detail = `a stock Keycloak token: it names no audience of ours, and JWT_AUDIENCE demands one${THEN_ANEW}`
    return error(detail, { ...more, fix: mapper })
  }
  const { sentence, fix } = REASONS[reason](story, mapper, say)
  return error(sentence, { ...more, fix })
}
