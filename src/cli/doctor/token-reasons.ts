import type { TokenReason, TokenStory } from '../../compose/explain-token.ts'
import { joinWords } from '../../lib/shell-words.ts'
import { claimText } from './claim-facts.ts'

type Expected = TokenStory['expected']
type Told = Readonly<{ sentence: string; fix: string }>
/** `say` gives a command line of this program. */
type Tell = (
  story: TokenStory,
  mapper: string | undefined,
  say: (...words: readonly string[]) => string,
) => Told

/**
 * Lets Keycloak name the gateway in the tokens that it gives to our client: who administers it logs in,
 * and adds a mapper. Undefined for an issuer that is no Keycloak. Run as printed against Keycloak 26.
 */
export const audienceMapper = ({ issuer, clientId, audiences }: Expected): string | undefined => {
  const [server = '', realm] = issuer.split('/realms/')
  if (realm === undefined) return undefined
  const login = joinWords([
    ...['kcadm.sh', 'config', 'credentials', '--server', server],
    ...['--realm', 'master', '--user', 'admin'],
  ])
  const find = joinWords([
    ...['kcadm.sh', 'get', 'clients', '-r', realm, '-q', `clientId=${clientId}`],
    ...['--fields', 'id', '--format', 'csv', '--noquotes'],
  ])
  const settings = [
    'name=datacline-audience',
    'protocol=openid-connect',
    'protocolMapper=oidc-audience-mapper',
    `config."included.custom.audience"=${audiences[0] ?? 'mcp-gateway'}`,
    'config."access.token.claim"=true',
  ]
  const create = joinWords(['-r', realm, ...settings.flatMap((each) => ['-s', each])])
  return `${login} && kcadm.sh create "clients/$(${find})/protocol-mappers/models" ${create}`
}

/** Nothing helps but another token. */
const again =
  (sentence: string): Tell =>
  (_story, _mapper, say) => ({ sentence, fix: say('doctor', 'token', '--token-file', 'FILE') })

/** Another check tells more. */
const see =
  (check: string, sentence: string): Tell =>
  (_story, _mapper, say) => ({ sentence, fix: say('doctor', check) })

const wrongIssuer: Tell = ({ claims, expected }, _mapper, say) => ({
  sentence: `it is from another issuer, ${claimText(claims?.iss)}; the gateway takes tokens of ${expected.issuer}${isSameElsewhere(claims?.iss, expected.issuer) ? '; if that is the same issuer under two names, JWT_ISSUER must be the one in its tokens' : ''}`,
  // Never a command that trusts what an unverified token says.
  fix: say('config', 'show'),
})

/** `localhost` and `keycloak:8080` may be one Keycloak; its realms have the same paths. */
const isSameElsewhere = (given: unknown, expected: string): boolean => {
  const path = typeof given === 'string' ? URL.parse(given)?.pathname : undefined
  return path !== undefined && path.length > 1 && path === URL.parse(expected)?.pathname
}

const wrongAudience: Tell = ({ claims, expected }, mapper, say) => ({
  sentence: `it is not for this gateway: aud is ${claimText(claims?.aud)}, expected ${expected.audiences.join(' or ')}${mapper === undefined ? '; its issuer must be told to name that' : THEN_ANEW}`,
  fix: mapper ?? say('doctor', 'token', '--token-file', 'FILE'),
})

/** Tokens that were given before stay as they are. */
export const THEN_ANEW = '; add a mapper, then get a new token'

/** Every reason for a refusal as a sentence, and what to type. */
export const REASONS: Readonly<Record<TokenReason, Tell>> = {
  malformed_token: again('it is no signed JWT of three parts'),
  malformed_header: again('its header cannot be read'),
  malformed_claims: again('its claims cannot be read'),
  unsupported_algorithm: (_story, _mapper, say) => ({
    sentence: 'its signature algorithm is not one that JWT_ALGORITHM allows',
    fix: say('config', 'show'),
  }),
  unsupported_header: again('its header asks for something that no access token needs'),
  wrong_token_type: again('it is no access token: an ID or refresh token opens nothing'),
  unknown_key: see('issuer', 'the issuer has no key with which it could have been signed'),
  ambiguous_key: again('several keys of the issuer fit it, and it names none'),
  unusable_key: again('the key of the issuer that fits it cannot be used'),
  bad_signature: again('its signature does not hold'),
  wrong_issuer: wrongIssuer,
  expiry_missing: again('it has no expiry (exp)'),
  expired: again('it has expired; get a new one (when that has expired too, look at the clock)'),
  lifetime_too_long: again('it is valid for more than a day'),
  not_yet_valid: see('clock', 'it is not valid yet (nbf): is the clock right?'),
  issued_in_future: see('clock', 'it was issued in the future (iat): is the clock right?'),
  bad_subject: again('its subject (sub) cannot be used as a name'),
  bad_token_id: again('its id (jti) cannot be used'),
  sender_constrained: again('it is bound to a key (cnf) that nobody proves to have here'),
  wrong_audience: wrongAudience,
  wrong_authorized_party: again('it was given to another client (azp)'),
  too_many_roles: again('it names more roles or groups than can be judged'),
  revoked: again('it was revoked'),
}
