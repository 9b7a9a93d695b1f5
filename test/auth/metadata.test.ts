import { describe, expect, test } from 'bun:test'
import {
  canonicalResource,
  protectedResourceMetadata,
  protectedResourceMetadataUrl,
} from '../../src/auth/metadata.ts'

describe('protected resource metadata', () => {
  test('names the resource, its authorization server and the one way to present a token', () => {
    expect(
      protectedResourceMetadata({
        resource: 'HTTP://LocalHost:8000/servers/prod/mcp/',
        issuer: 'http://localhost:8080/realms/mcp-gateway',
        resourceName: 'datacline',
      }),
    ).toEqual({
      resource: 'http://localhost:8000/servers/prod/mcp',
      authorization_servers: ['http://localhost:8080/realms/mcp-gateway'],
      bearer_methods_supported: ['header'],
      resource_name: 'datacline',
    })
  })

  test('lists scopes only when there are any', () => {
    const options = { resource: 'https://g.example/mcp', issuer: 'https://i', resourceName: 'd' }
    expect(protectedResourceMetadata({ ...options, scopes: ['mcp'] })).toMatchObject({
      scopes_supported: ['mcp'],
    })
  })

  test.each([
    ['https://g.example/mcp', 'https://g.example/.well-known/oauth-protected-resource/mcp'],
    [
      'https://g.example/servers/a/mcp',
      'https://g.example/.well-known/oauth-protected-resource/servers/a/mcp',
    ],
    ['https://g.example/', 'https://g.example/.well-known/oauth-protected-resource'],
    ['https://g.example', 'https://g.example/.well-known/oauth-protected-resource'],
    ['https://g.example/mcp?a=b', 'https://g.example/.well-known/oauth-protected-resource/mcp?a=b'],
  ])('the document of %s stands at %s', (resource, url) => {
    expect(protectedResourceMetadataUrl(resource)).toBe(url)
  })

  test('a resource has one spelling', () => {
    for (const resource of ['https://G.example:443/mcp', 'https://g.example/mcp/#top']) {
      expect(canonicalResource(resource)).toBe('https://g.example/mcp')
    }
  })
})
