import { expect, test } from 'bun:test'
import { isLogLevel } from '../../../src/core/protocol.ts'
import { isLoudEnough, mostVerbose } from '../../../src/era/translate/log-levels.ts'

test('levels are those of RFC 5424, from debug to emergency', () => {
  expect(['debug', 'notice', 'emergency'].every(isLogLevel)).toBe(true)
  expect(['loud', 'DEBUG', 7, undefined].some(isLogLevel)).toBe(false)
})

test('who asks for a level wants that one and all that are worse', () => {
  expect(isLoudEnough('error', 'warning')).toBe(true)
  expect(isLoudEnough('warning', 'warning')).toBe(true)
  expect(isLoudEnough('info', 'warning')).toBe(false)
})

test('the most verbose level serves everybody', () => {
  expect(mostVerbose(['error', 'info', 'alert'])).toBe('info')
  expect(mostVerbose([])).toBeUndefined()
})
