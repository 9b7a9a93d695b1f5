import { expect, test } from 'bun:test'
import { KEYMAP } from '../../tui/keymap.ts'
import { line, lineWidth } from '../../tui/line.ts'
import { guidePieces } from '../../tui/views/guide.ts'
import { fresh, live, pressed, shown, typed } from './states.ts'

const empty = fresh(80, 24, { guide: true })
const busy = live(empty)

const STATES = {
  empty,
  following: busy,
  picked: pressed(busy, 'k'),
  opened: pressed(busy, 'k enter'),
  filtered: pressed(typed(pressed(busy, '/'), 'dev'), 'enter'),
  elsewhere: pressed(busy, '3'),
  'in the help': pressed(busy, '?'),
}

test.each(Object.entries(STATES))(
  '%s: the guide fits, and its keys are those of the table',
  (_, state) => {
    const pieces = guidePieces(state)
    expect(lineWidth(line('─ ', ...pieces))).toBeLessThanOrEqual(80)
    const keys = pieces.flatMap((piece) =>
      Array.isArray(piece) && piece[1] === 'key' ? [piece[0]] : [],
    )
    const known = KEYMAP.flatMap((binding) => binding.keys)
    for (const key of keys)
      expect(known).toContain(key === '⏎' ? 'enter' : key.replace(/^\/.*/, '/'))
  },
)

test('each situation is told something else', () => {
  const told = Object.values(STATES).map((state) => JSON.stringify(guidePieces(state)))
  expect(new Set(told).size).toBe(told.length)
})

test('it stands above the hints, and only for those who asked for it', () => {
  expect(shown(busy)).toContain('DEMO  k picks a call')
  expect(shown({ ...busy, guide: false })).not.toContain('DEMO')
})
