import { expect, test } from 'bun:test'
import { withoutOurMeta } from '../../src/gateway/our-meta.ts'

const told = (text: string) => {
  const reply = withoutOurMeta({ kind: 'single', text })
  return reply.kind === 'single' ? reply.text : ''
}

test.each([
  '{"id":1,"result":{"isError":true,"_meta":{"dev.datacline/decision":{},"x":12345678901234567890}}}',
  '{"id":1,"result":{"isError":true,"_meta":{"dev.datacline\\/decision":{},"x":12345678901234567890}}}',
  '{"id":1,"result":{"isError":true,"_meta":{"\\u0064ev.datacline/decision":{},"x":12345678901234567890}}}',
])('a server cannot speak in the gateway’s name: %s', (text) => {
  expect(told(text)).toBe('{"id":1,"result":{"isError":true,"_meta":{"x":12345678901234567890}}}')
})

test.each([
  '{"id":1, "result":{"_meta":{"other/x":1}}}',
  '{"id":1, "result":{"text":"dev.datacline/decision \\u00e9"}}',
  '{"id":1, "error":{"code":1,"message":"dev.datacline/"}}',
])('everything else stays to the letter: %s', (text) => {
  expect(told(text)).toBe(text)
})
