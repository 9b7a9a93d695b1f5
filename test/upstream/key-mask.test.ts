import { afterEach, describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { createKeyMask } from '../../src/upstream/key-mask.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import { modernCall, never, options, upstreamOf } from './conversations.ts'

const closing = closedAfter(afterEach)
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const KEY = privateKey.trim().split('\n')
const BODY = KEY.slice(1, -1)
const masked = (lines: readonly string[]) => lines.map(createKeyMask())

describe('a private key in the lines of a server', () => {
  test('is masked from its first line to its last, and nothing around it', () => {
    expect(masked(['before', ...KEY, 'after'])).toEqual([
      'before',
      ...KEY.map(() => '[redacted]'),
      'after',
    ])
  })

  test('is masked on one line, also with its line breaks escaped, and behind other words', () => {
    expect(masked([`key: ${KEY.join('\\n')} loaded`, 'after'])).toEqual([
      'key: [redacted] loaded',
      'after',
    ])
  })

  test('is masked when it begins behind other words, or another begins where it ends', () => {
    const [begin = '', end = ''] = [KEY[0], KEY.at(-1)]
    expect(masked([`a ${begin}`, 'x', `${end} b ${begin}`, 'y', `${end} c`])).toEqual([
      'a [redacted]',
      '[redacted]',
      '[redacted] b [redacted]',
      '[redacted]',
      '[redacted] c',
    ])
  })

  test.each(['RSA PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'])(
    'is one of any kind: %s',
    (kind) => {
      const lines = [`-----BEGIN ${kind}-----`, 'abc', `-----END ${kind}-----`]
      expect(masked([...lines, 'after']).at(-1)).toBe('after')
      expect(masked(lines)).toEqual(lines.map(() => '[redacted]'))
    },
  )

  test('that never ends hides no more than 200 lines', () => {
    const lines = ['-----BEGIN PRIVATE KEY-----', ...Array.from({ length: 201 }, () => 'a line')]
    const shown = masked(lines)
    expect(shown.at(-2)).toBe('[redacted]')
    expect(shown.at(-1)).toBe('a line')
  })

  test('a certificate and a public key are shown', () => {
    const lines = ['-----BEGIN CERTIFICATE-----', 'abc', '-----END CERTIFICATE-----']
    expect(masked(lines)).toEqual(lines)
  })

  test('none of its lines is ever shown, wherever it is broken and whatever stands around it', () => {
    const word = fc.stringMatching(/^[a-z {}":-]{0,20}$/)
    const around = fc.tuple(fc.array(word, { maxLength: 3 }), fc.array(word, { maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(around, { minLength: 1, maxLength: 3 }), (parts) => {
        const lines = parts.flatMap(([before, after]) => [...before, ...KEY, ...after])
        const shown = masked(lines).join('\n')
        for (const line of BODY) expect(shown).not.toContain(line)
      }),
      { numRuns: 50 },
    )
  })
})

describe('what a server writes', () => {
  test('to its standard error and output is masked apart, each whole', async () => {
    const text = JSON.stringify(privateKey)
    const script = `
for await (const line of console) {
  const { id } = JSON.parse(line)
  const [out, error] = [${text}.split('\\n'), ${text}.split('\\n')]
  console.error('one line: ' + JSON.stringify(${text}) + ' end of it')
  while (error.length > 0) {
    console.error(error.shift())
    console.log(out.shift())
  }
  console.error('done')
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }))
}`
    const upstream = upstreamOf(
      closing,
      {
        transport: 'stdio',
        command: [process.execPath, '-e', script],
        protocolVersion: '2026-07-28',
        timeout: 60_000,
      },
      { environment: process.env },
    )
    const server = await upstream.open('modern', never)
    await server.send(modernCall(1, 'x'), options())
    await until(() => upstream.log.lines().includes('done'))
    const log = upstream.log.lines().join('\n')
    expect(log).toContain('one line: "[redacted]\\n" end of it')
    for (const line of BODY) expect(log).not.toContain(line)
  })
})
