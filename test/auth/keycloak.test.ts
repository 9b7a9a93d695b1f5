import { describe, expect, test } from 'bun:test'
import { isKeycloakIssuer, keycloakCertsUrl, keycloakIssuer } from '../../src/auth/keycloak.ts'

describe('addresses of Keycloak', () => {
  test.each(['http://localhost:8080', 'http://localhost:8080/', 'http://localhost:8080//'])(
    'the issuer of a realm is the same for %s',
    (url) => {
      expect(keycloakIssuer(url, 'mcp-gateway')).toBe('http://localhost:8080/realms/mcp-gateway')
    },
  )

  test('a base path stays, and a realm is one segment', () => {
    expect(keycloakCertsUrl('https://id.example/auth/', 'my realm')).toBe(
      'https://id.example/auth/realms/my%20realm/protocol/openid-connect/certs',
    )
  })

  test.each([
    ['https://id.example/realms/a', true],
    ['https://id.example/auth/realms/a', true],
    ['https://id.example/', false],
    ['https://id.example/realms/', false],
    ['https://id.example/?x=/realms/a', false],
    ['https://id.example/realms/a/b', false],
  ])('whether %s is a realm: %p', (issuer, is) => {
    expect(isKeycloakIssuer(issuer)).toBe(is)
  })
})
