import { describe, expect, test } from 'bun:test'
import { drawOn } from '../../src/cli/inline-image.ts'
import { surroundings } from '../../src/cli/surroundings.ts'

const on = (environment: Record<string, string>, isTerminal = true) =>
  drawOn({ environment, stdout: { ...surroundings().stdout, isTerminal } })

const PNG = Buffer.alloc(5000, 'png')
const KITTY = { TERM: 'xterm-kitty' }

describe('an image on a terminal', () => {
  test('that speaks the kitty protocol comes in pieces that hold the whole of it', () => {
    const drawn = on(KITTY)(PNG, 'image/png') ?? ''
    const pieces = [...drawn.matchAll(/\u001b_G([^;]*);([^\u001b]*)\u001b\\/g)]
    expect(pieces.map(([, keys]) => keys)).toEqual(['f=100,a=T,q=2,m=1', 'm=0'])
    expect(pieces.every(([, , data = '']) => data.length <= 4096)).toBe(true)
    const data = pieces.map(([, , piece]) => piece).join('')
    expect(Buffer.from(data, 'base64').equals(PNG)).toBe(true)
  })

  test('that speaks the iTerm2 protocol comes whole', () => {
    const drawn = on({ TERM_PROGRAM: 'iTerm.app' })(PNG, 'image/jpeg')
    expect(drawn).toBe(`\u001b]1337;File=inline=1;size=5000:${PNG.toString('base64')}\u0007\n`)
  })

  test.each([
    ['a terminal that says nothing of images', { TERM: 'xterm-256color' }, true, 'image/png'],
    ['a pipe', KITTY, false, 'image/png'],
    ['a multiplexer', { ...KITTY, TMUX: '/tmp/tmux' }, true, 'image/png'],
    ['a kind that the terminal cannot read', KITTY, true, 'image/webp'],
    ['sound', { TERM_PROGRAM: 'iTerm.app' }, true, 'audio/wav'],
  ])('is not drawn: %s', (_name, environment, isTerminal, mimeType) => {
    expect(on(environment, isTerminal)(PNG, mimeType)).toBeUndefined()
  })

  test('is not drawn when it is too large', () => {
    expect(on(KITTY)(Buffer.alloc(9 * 1024 * 1024), 'image/png')).toBeUndefined()
  })
})
