import { describe, expect, test } from 'bun:test'
import { operatorUrlProblem } from '../../src/config/operator-url.ts'

describe('a URL that the operator wrote', () => {
  test.each([
    'http://localhost:3000',
    'http://dev-mcp.internal:3000/mcp',
    'http://keycloak:8080',
    'http://10.0.0.1/',
    'http://[::1]:8000/mcp?x=1',
    'HTTPS://MCP.example.com',
  ])('%s will do', (url) => {
    expect(operatorUrlProblem(url)).toBeUndefined()
  })

  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.0.1',
    'http://169.254.169.254./',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://0251.0376.0251.0376/',
    'http://１６９.254.169.254/',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://metadata.google.internal/computeMetadata',
    'http://METADATA.google.internal./',
  ])('%s is refused as a metadata address', (url) => {
    expect(operatorUrlProblem(url)).toEndWith('is a link-local or metadata address')
  })

  test.each(['file:///etc/passwd', 'data:,x', 'http:a', '//a', '', 'http://[fe80::1%25eth0]/'])(
    '%p is no http URL',
    (url) => {
      expect(operatorUrlProblem(url)).toBe('expected an http:// or https:// URL')
    },
  )

  test('is never shown when it holds a credential', () => {
    expect(operatorUrlProblem('https://user:hunter2@a/')).not.toContain('hunter2')
    expect(operatorUrlProblem('https://hunter2@a/')).toBeDefined()
  })
})
