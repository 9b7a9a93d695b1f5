import { describe, expect, test } from 'bun:test'
import { createAnonymousAuthenticator } from '../../src/auth/anonymous.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { Unauthenticated } from '../../src/core/errors.ts'
import type { Source } from '../../src/core/exchange.ts'
import { LOCAL, REMOTE } from '../support/issuer-authenticator.ts'

const OPERATOR = 'an-attach-token-of-the-state-dir'
const DEVELOPMENT = 'a-development-token-from-start'

const refuseAll = (reason: string) => () => {
  throw new Unauthenticated(reason, false)
}

describe('the local operator', () => {
  const authenticate = createAuthenticator({
    operator: OPERATOR,
    identity: refuseAll('asked_identity'),
  })

  test('is whoever holds the attach token, from here', () => {
    expect(authenticate(`Bearer ${OPERATOR}`, LOCAL)).toMatchObject({
      subject: 'operator',
      builtInRole: 'local-operator',
      issuer: 'datacline:local',
    })
  })

  test.each<[string, string | undefined, Source]>([
    ['the attach token from elsewhere', `Bearer ${OPERATOR}`, REMOTE],
    ['a part of it', `Bearer ${OPERATOR.slice(0, -1)}`, LOCAL],
    ['more than it', `Bearer ${OPERATOR}x`, LOCAL],
    ['another token as long', `Bearer ${'x'.repeat(OPERATOR.length)}`, LOCAL],
    ['another scheme', `Basic ${OPERATOR}`, LOCAL],
    ['two spaces', `Bearer  ${OPERATOR}`, LOCAL],
    ['two headers in one', `Bearer ${OPERATOR}, Bearer ${OPERATOR}`, LOCAL],
    ['nothing', undefined, LOCAL],
  ])('is nobody with %s', (_, authorization, source) => {
    expect(() => authenticate(authorization, source)).toThrow(
      expect.objectContaining({ reason: 'asked_identity' }),
    )
  })

  test('does not exist without an attach token, and never with a short one', () => {
    const without = createAuthenticator({ operator: undefined, identity: refuseAll('identity') })
    expect(() => without('Bearer undefined', LOCAL)).toThrow(Unauthenticated)
    expect(() => createAuthenticator({ operator: '', identity: refuseAll('x') })).toThrow(
      RangeError,
    )
  })
})

describe('without authentication', () => {
  const anonymous = createAnonymousAuthenticator({ developmentToken: DEVELOPMENT, open: false })

  test.each([undefined, 'Bearer some.other.token', 'Basic eDp5', 'Bearer a, Bearer b'])(
    'a local caller is anonymous, whatever it presents: %p',
    (authorization) => {
      expect(anonymous(authorization, LOCAL)).toMatchObject({
        username: 'anonymous',
        builtInRole: 'local-developer',
        clientRoles: [],
      })
    },
  )

  test('a caller from elsewhere needs the development token', () => {
    expect(anonymous(`Bearer ${DEVELOPMENT}`, REMOTE)).toMatchObject({ subject: 'anonymous' })
    for (const authorization of [undefined, 'Bearer x', DEVELOPMENT, `Bearer ${DEVELOPMENT}x`]) {
      expect(() => anonymous(authorization, REMOTE)).toThrow(
        expect.objectContaining({
          reason: 'development_token_required',
          presented: authorization !== undefined,
        }),
      )
    }
  })

  test('no one from elsewhere gets in when there is no development token', () => {
    const closed = createAnonymousAuthenticator({ developmentToken: undefined, open: false })
    expect(() => closed('Bearer undefined', REMOTE)).toThrow(Unauthenticated)
  })

  test('everyone gets in when the network is opened on purpose', () => {
    const open = createAnonymousAuthenticator({ developmentToken: undefined, open: true })
    expect(open(undefined, REMOTE)).toMatchObject({ subject: 'anonymous' })
  })

  test('the operator is still told apart from anonymous', () => {
    const both = createAuthenticator({ operator: OPERATOR, identity: anonymous })
    expect(both(`Bearer ${OPERATOR}`, LOCAL)).toMatchObject({ builtInRole: 'local-operator' })
    expect(both(undefined, LOCAL)).toMatchObject({ builtInRole: 'local-developer' })
    expect(() => both(`Bearer ${OPERATOR}`, REMOTE)).toThrow(Unauthenticated)
  })
})
