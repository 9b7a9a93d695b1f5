import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { KEYMAP } from '../../tui/keymap.ts'
import { frame } from '../../tui/screen.ts'
import type { State } from '../../tui/state.ts'
import { harmless, widthOf } from '../../tui/text.ts'
import { createTheme, THEMES } from '../../tui/theme.ts'
import { golden } from './golden.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, fresh, live, pressed, SOME, shown, typed } from './states.ts'

const SIZES = [
  [80, 24],
  [100, 30],
  [160, 50],
] as const

const informed = (columns: number, rows: number, given: Partial<State> = {}): State =>
  after(live(fresh(columns, rows, given)), { type: 'snapshot', body: SNAPSHOT })

const SCENES: readonly (readonly [name: string, (state: State) => State])[] = [
  ['traffic', (state) => pressed(state, 'k k k k')],
  ['traffic-filter', (state) => typed(pressed(state, '/'), 'prod (')],
  ['traffic-command', (state) => typed(pressed(state, ':'), 'sc')],
  ['traffic-paused', (state) => live(pressed(state, 'p'), [call(20), call(21)])],
  [
    'traffic-lost',
    (state) =>
      after(state, {
        type: 'link',
        link: { kind: 'lost', sentence: 'the gateway is gone, trying again: broke off' },
      }),
  ],
  ['traffic-quit', (state) => pressed({ ...state, serving: true }, 'q')],
  ['detail-why', (state) => pressed(state, 'k k k k enter')],
  ['detail-request', (state) => pressed(state, 'k k k k enter ]')],
  ['detail-response', (state) => pressed(state, 'enter ] ]')],
  ['detail-headers', (state) => pressed(state, 'enter ] ] ]')],
  ['detail-raw', (state) => pressed(state, 'enter ] ] ] ]')],
  ['detail-related', (state) => pressed(state, 'g enter [')],
  ['servers', (state) => pressed(state, '2')],
  ['policies', (state) => pressed(state, '3')],
  ['people', (state) => pressed(state, '4')],
  ['stats', (state) => pressed(state, '5')],
  ['log', (state) => pressed(state, '6')],
  ['help', (state) => pressed(state, '?')],
]

describe('every screen looks as it was looked at', () => {
  for (const [columns, rows] of SIZES) {
    test.each(SCENES)(`%s at ${columns}x${rows}`, (name, scene) =>
      golden(`${name}-${columns}x${rows}`, shown(scene(informed(columns, rows)))),
    )
  }

  test('in ASCII alone', async () => {
    const text = shown(pressed(informed(80, 24, { theme: createTheme('mono', true) }), 'k k k k'))
    await golden('traffic-ascii-80x24', text)
    expect(text.replace('検索_документ', '')).not.toMatch(/[^ -~\n]/)
  })

  test.each(THEMES)('in the colours of %s', async (name) => {
    const state = pressed(informed(80, 24, { theme: createTheme(name, false) }), 'k k k k')
    await golden(`traffic-theme-${name}-80x24`, frame(state, KEYMAP).replaceAll('\u001b', '␛'))
  })

  test('with no call, and in terminals that are too small', async () => {
    await golden('empty-80x24', shown(live(fresh(), [])))
    await golden('small-70x20', shown(live(fresh(70, 20))))
    await golden('tiny-40x10', shown(live(fresh(40, 10))))
  })
})

describe('a frame', () => {
  test('fills the screen exactly, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 220 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(...SCENES),
        (columns, rows, [, scene]) => {
          const lines = shown(scene(informed(columns, rows))).split('\n')
          expect(lines).toHaveLength(rows)
          for (const each of lines) expect(widthOf(each)).toBe(columns)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('says each decision without colours: every theme shows the same text', () => {
    const texts = THEMES.map((name) => shown(informed(80, 24, { theme: createTheme(name, false) })))
    expect(new Set(texts).size).toBe(1)
    expect(texts[0]).toContain('✗')
  })

  test('has no colours in mono', () => {
    expect(frame(informed(80, 24), KEYMAP)).not.toMatch(/\u001b\[(?:[0-9;]*;)?[349][0-9]m/)
  })
})

const NAUGHTY = [
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u001b[2J\u001b[H',
  '\u009b31m',
  '\u202egnp.exe',
  '\u200b\u200d\ufeff',
  'a\u0301\u0302\u0303\u0304\u0305\u0306',
  '👨‍👩‍👧👍🏽🇩🇪',
  '漢字かな한글',
  '\ud800',
  '\u{e0041}',
  'x'.repeat(100_000),
  '\r\n\t\b',
  '\u2028\u2029',
  'ﷺ',
]
const naughty = fc.oneof(
  fc.constantFrom(...NAUGHTY),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...NAUGHTY)).map((parts) => parts.join('')),
)

describe('whatever a name, an argument, an error or a log line holds', () => {
  const OURS = /\u001b\[[0-9;]*[mGK]/g
  const FOREIGN =
    /(?!\n)[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u

  test('only our own sequences reach the terminal, and no line is longer than it', () => {
    const fields = fc.record({
      user: naughty,
      mcp_server: naughty,
      tool_name: naughty,
      method: naughty,
      error: naughty,
      policy_decision: naughty,
      source_address: naughty,
      code: naughty,
      parameters: fc.oneof(fc.dictionary(naughty, naughty), naughty, fc.array(naughty)),
      status: fc.constantFrom('success', 'error', 'denied', 'refused', 'pending'),
      phase: fc.constantFrom('intent', 'outcome', 'refusal', 'event'),
    })
    fc.assert(
      fc.property(
        fc.array(fields, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...SIZES, [70, 20] as const),
        fc.constantFrom(...SCENES),
        naughty,
        (events, [columns, rows], [, scene], said) => {
          const heard = events.map((given, at) => call(at + 1, given as Parameters<typeof call>[1]))
          const state = live(fresh(columns, rows, { theme: createTheme('default', false) }), heard)
          const told = after(scene(state), { type: 'said', text: said, tone: 'warn' })
          const text = frame(told, KEYMAP).replace(OURS, '')
          expect(text).not.toMatch(FOREIGN)
          expect(text).not.toContain('\u001b')
          for (const each of text.split('\n')) expect(widthOf(each)).toBe(columns)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('what was made harmless stays as it is', () => {
    fc.assert(
      fc.property(naughty, (text) => {
        expect(harmless(harmless(text))).toBe(harmless(text))
      }),
    )
  })
})

test('the calls of these tests have one of each mark', () => {
  const marks = new Set(live(fresh(), SOME).rows.map(({ mark }) => mark))
  expect([...marks].sort()).toEqual(['deny', 'error', 'failed', 'pending', 'permit', 'refused'])
})
