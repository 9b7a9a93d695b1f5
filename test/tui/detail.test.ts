import { describe, expect, test } from 'bun:test'
import type { Body } from '../../src/core/history.ts'
import type { State } from '../../tui/state.ts'
import { after, call, fresh, live, pressed, shown } from './states.ts'

/** A message that counts how often its text is looked at. */
const watched = (text: string): Readonly<{ body: Body; reads: () => number }> => {
  let reads = 0
  const body = {
    characters: text.length,
    get text() {
      reads++
      return text
    },
  }
  return { body, reads: () => reads }
}

const withAnswer = (keys: string, reply: Body): State => {
  const state = pressed(live(fresh()), keys)
  const [seq = 0, row] = [state.cursor, state.visible.at(-1)]
  if (row === undefined) throw new Error('no call')
  const bodies = { headers: {}, request: reply, replies: [reply], dropped: 0 }
  return after(state, { type: 'whole', seq, event: row.event, bodies })
}

const ROWS = { rows: { text: 'word '.repeat(20_000) } }
const LONG = JSON.stringify({ params: ROWS, result: ROWS })

describe('the messages of an open call', () => {
  test.each([
    ['request', 'enter ]'],
    ['response', 'enter ] ]'],
    ['raw', 'enter ] ] ] ]'],
  ])('are written as lines once, however often %s is drawn', (_tab, keys) => {
    const { body, reads } = watched(LONG)
    const state = withAnswer(keys, body)
    expect(shown(state)).toContain('word')
    const before = reads()
    const later = pressed(after(state, { type: 'tick', now: state.now + 1_000 }), 'j pagedown G')
    shown(later)
    shown(live(later, [call(50)]))
    expect(reads()).toBe(before)
  })

  test('are written anew when the width, what is folded, or what came is another', () => {
    const state = withAnswer('enter ] ]', watched(LONG).body)
    const before = shown(state)
    const narrow = after(state, { type: 'resize', size: { columns: 100, rows: 30 } })
    expect(shown(narrow)).not.toBe(before)
    expect(shown(narrow)).toContain(' lines')
    const onBrace = pressed(narrow, 'j j j j j j j j')
    expect(shown(onBrace)).not.toContain('{ 1 }')
    expect(shown(after(onBrace, { type: 'key', key: ' ' }))).toContain('{ 1 }')
    const other = withAnswer('enter ] ]', watched('{"result":{"note":"another"}}').body)
    expect(shown(other)).toContain('another')
    const [seq = 0, row] = [other.cursor, other.visible.at(-1)]
    if (row === undefined) throw new Error('no call')
    const bodies = { headers: {}, replies: [], dropped: 0 }
    const gone = after(other, { type: 'whole', seq, event: row.event, bodies })
    expect(shown(gone)).toContain('Nothing came back')
    expect(shown(state)).toBe(before)
  })

  test.each([
    [80, 24],
    [100, 30],
    [160, 50],
  ])('are seen at %i×%i although the why pane was switched off', (columns, rows) => {
    const off = pressed(live(fresh(columns, rows)), 'w w')
    expect(shown(off)).not.toContain('[Why]')
    const open = pressed(off, 'enter')
    expect(shown(open)).toContain('[Why]')
    expect(shown(pressed(open, 'esc'))).toBe(shown(pressed(off, 'f')))
  })
})
