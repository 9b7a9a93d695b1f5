import { describe, expect, test } from 'bun:test'
import { CAPACITY, type State, selectedRow } from '../../tui/state.ts'
import { waiting, windowOf } from '../../tui/visible.ts'
import { after, call, denied, fresh, live, pressed, SOME, typed } from './states.ts'

const many = (count: number, from = 1) => Array.from({ length: count }, (_, at) => call(from + at))
const seqs = (state: State) => state.visible.map(({ seq }) => seq)

describe('what is heard', () => {
  test('an outcome settles the call its intent began', () => {
    const begun = live(fresh(), [call(1, { phase: 'intent', status: 'pending' })])
    expect(selectedRow(begun)?.mark).toBe('pending')
    const settled = live(begun, [call(2, { exchange_id: 'exchange-1' })])
    expect(settled.rows).toHaveLength(1)
    expect(settled.rows[0]).toMatchObject({ seq: 1, mark: 'permit' })
    expect(settled.open.size).toBe(0)
  })

  test('what was heard before is not listed twice', () => {
    expect(live(live(fresh()), SOME).rows).toHaveLength(live(fresh()).rows.length)
  })

  test('the administration of the gateway is listed only when it is asked for', () => {
    const state = live(fresh())
    expect(seqs(state)).not.toContain(11)
    expect(seqs(typed(pressed(state, ':'), 'admin')).length).toBe(seqs(state).length)
    expect(seqs(pressed(typed(pressed(state, ':'), 'admin'), 'enter'))).toContain(11)
  })

  test('what happened to the gateway stands in the log and not among the calls', () => {
    const state = live(fresh())
    expect(seqs(state)).not.toContain(10)
    expect(state.log.at(-1)?.text).toContain('policy reloaded')
  })

  test('no more calls are kept than there is room for, and open ones are forgotten with them', () => {
    const first = live(fresh(), [call(1, { phase: 'intent', status: 'pending' })])
    const full = live(first, many(CAPACITY + 10, 2))
    expect(full.rows).toHaveLength(CAPACITY)
    expect(full.open.size).toBe(0)
    expect(full.counts.calls).toBe(CAPACITY + 10)
  })

  test('large parameters stay at the gateway until the call is opened', () => {
    const state = live(fresh(), [call(1, { parameters: { text: 'x'.repeat(100_000) } })])
    expect(state.rows[0]?.event.parameters).toBeUndefined()
    expect(pressed(state, 'enter').wants).toContainEqual({ kind: 'detail', seq: 1 })
    expect(pressed(live(fresh(), [call(1)]), 'enter').wants).toEqual([])
  })

  test('what the feed forgot before we came is no loss', () => {
    expect(after(fresh(), { type: 'missed', count: 5 }).counts.missed).toBe(0)
    expect(after(live(fresh()), { type: 'missed', count: 5 }).counts.missed).toBe(5)
  })
})

describe('the cursor', () => {
  test('follows the newest call until somebody goes up, and again from the end', () => {
    const state = live(fresh(), many(30))
    expect(state.cursor).toBe(30)
    const up = pressed(state, 'k k')
    expect([up.cursor, up.follow]).toEqual([28, false])
    expect(live(up, [call(31)]).cursor).toBe(28)
    expect(live(pressed(up, 'G'), [call(31)]).cursor).toBe(31)
  })

  test('stays on its call while older ones go and others come', () => {
    const up = pressed(live(fresh(), many(CAPACITY)), 'k k k k k')
    const later = live(up, many(100, CAPACITY + 1))
    expect(later.cursor).toBe(CAPACITY - 5)
    expect(windowOf(later).map(({ seq }) => seq)).toContain(CAPACITY - 5)
  })

  test('a resize keeps it, and keeps it on the screen', () => {
    const up = pressed(live(fresh(160, 50), many(200)), 'pageup pageup')
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 110, rows: 30 },
      { columns: 300, rows: 90 },
    ]) {
      const resized = after(up, { type: 'resize', size })
      expect(resized.cursor).toBe(up.cursor ?? -1)
      expect(windowOf(resized).map(({ seq }) => seq)).toContain(up.cursor ?? -1)
    }
  })

  test('the first row asks the record for what came before', () => {
    const top = pressed(live(fresh(), many(30, 100)), 'g')
    expect(top.wants).toContainEqual({ kind: 'history', before: 100, filter: '' })
    const older = after(top, { type: 'taken' }, { type: 'older', events: many(20, 50) })
    expect(older.cursor).toBe(100)
    expect(older.rows[0]?.seq).toBe(50)
    expect(after(older, { type: 'older', events: [] }).exhausted).toBe(true)
  })

  test('a record of any length is browsed in the same memory, and its end found again', () => {
    const newest = 6 * CAPACITY
    let state = live(fresh(), many(1_000, newest - 999))
    for (let page = 0; page < 100; page++) {
      state = after(pressed(state, 'g'), { type: 'taken' })
      const first = state.rows[0]?.seq ?? 0
      state = after(state, { type: 'older', events: many(500, first - 500) })
      expect(state.rows.length).toBeLessThanOrEqual(CAPACITY)
    }
    expect(state.rows[0]?.seq).toBe(newest - 999 - 100 * 500)
    const far = live(state, [call(newest + 1)])
    expect(far.rows.at(-1)?.seq).toBeLessThan(newest)
    expect(far.heard).toBe(newest + 1)
    const back = pressed(far, 'G')
    expect(back.wants).toContainEqual({ kind: 'history', before: undefined, filter: '' })
    const again = live(after(back, { type: 'older', events: many(500, newest - 498) }), [
      call(newest + 2),
    ])
    expect(again.cursor).toBe(newest + 2)
    expect(seqs(again).slice(-3)).toEqual([newest, newest + 1, newest + 2])
  })
})

test('a text is moved no further than its end, so that one step back is one', () => {
  const end = pressed(live(fresh()), '? G')
  const scroll = end.help?.scroll ?? 0
  expect(scroll).toBeGreaterThan(10)
  expect(pressed(end, 'j j j k').help?.scroll).toBe(scroll - 1)
  const raw = pressed(live(fresh()), 'enter ] ] ] ] G')
  expect(pressed(raw, 'pagedown k').detail?.scroll).toBe((raw.detail?.scroll ?? 0) - 1)
})

describe('pause', () => {
  test('holds the list still, counts what comes, and lets it in again', () => {
    const paused = pressed(live(fresh(), many(30)), 'p')
    const later = live(paused, many(312, 31))
    expect(seqs(later)).toEqual(seqs(paused))
    expect(waiting(later)).toBe(312)
    const on = pressed(later, 'p')
    expect(on.visible).toHaveLength(342)
    expect(waiting(on)).toBe(0)
  })

  test('filters work while it holds', () => {
    const paused = live(pressed(live(fresh()), 'p'), [denied(20), call(21)])
    const filtered = pressed(typed(pressed(paused, '/'), 'delete_user'), 'enter')
    expect(seqs(filtered)).toEqual([5])
    expect(waiting(filtered)).toBe(1)
  })
})

describe('the filter', () => {
  const filtered = pressed(typed(pressed(live(fresh()), '/'), 'delete_user'), 'enter')

  test('leaves what it holds for', () => {
    expect(seqs(filtered)).toEqual([5])
  })

  test('is there again when it is opened again', () => {
    expect(pressed(filtered, '/').input?.text).toBe('delete_user')
  })

  test('is switched off and on without being lost', () => {
    const off = pressed(filtered, 'F')
    expect(seqs(off).length).toBeGreaterThan(1)
    expect(seqs(pressed(off, 'F'))).toEqual([5])
  })

  test('what cannot be read is said while it is typed, and the one before stays', () => {
    const wrong = typed(pressed(filtered, '/'), '(')
    expect(wrong.input?.problem).toContain('parenthesis')
    const entered = pressed(wrong, 'enter')
    expect(seqs(entered)).toEqual([5])
    expect(entered.input?.text).toBe('delete_user(')
    expect(entered.message?.text).toContain('parenthesis')
    expect(pressed(entered, 'backspace enter').input).toBeUndefined()
  })

  test('is completed by its keys, and by the names that were seen', () => {
    expect(pressed(typed(pressed(live(fresh()), '/'), 'deci'), 'tab').input?.text).toBe('decision:')
    expect(pressed(typed(pressed(live(fresh()), '/'), 'tool:dr'), 'tab').input?.text).toBe(
      'tool:drop_table',
    )
  })

  test('esc clears in two steps, and takes it away on the list', () => {
    const cleared = pressed(pressed(filtered, '/'), 'esc')
    expect(cleared.input?.text).toBe('')
    expect(pressed(cleared, 'esc').filter.text).toBe('')
    expect(pressed(filtered, 'esc').filter.text).toBe('')
  })
})

describe('the command bar', () => {
  test('completes, runs, and remembers', () => {
    const open = typed(pressed(live(fresh()), ':'), 'scr')
    const done = pressed(open, 'tab')
    expect(done.input?.text).toBe('screen')
    const stats = pressed(typed(done, ' sta'), 'tab enter')
    expect(stats.screen).toBe('stats')
    expect(pressed(pressed(stats, ':'), 'up').input?.text).toBe('screen stats')
  })

  test('what nobody knows is said', () => {
    expect(pressed(typed(pressed(fresh(), ':'), 'nonsense'), 'enter').message?.text).toContain(
      'no command "nonsense"',
    )
  })
})

describe('leaving', () => {
  test('esc never leaves, q goes back first', () => {
    const deep = pressed(live(fresh()), 'enter')
    expect(pressed(deep, 'esc esc esc esc').wants).toEqual([])
    expect(pressed(deep, 'q').detail).toBeUndefined()
    expect(pressed(deep, 'q q').wants).toEqual([{ kind: 'leave', stopGateway: false }])
  })

  test('a screen of serve asks whether the gateway stops too', () => {
    const asked = pressed(fresh(80, 24, { serving: true }), 'q')
    expect(asked.question?.text).toContain('gateway')
    expect(pressed(asked, 'n')).toMatchObject({ question: undefined, wants: [] })
    expect(pressed(asked, 'x').question).toBeDefined()
    expect(pressed(asked, 'y').wants).toEqual([{ kind: 'leave', stopGateway: true }])
    expect(pressed(asked, 'l').wants).toEqual([{ kind: 'leave', stopGateway: false }])
  })
})

describe('acting', () => {
  const wanted = (state: State) => state.wants[0]

  test('a call is copied as a command that a shell reads as one call', () => {
    const event = call(1, { tool_name: "it's", parameters: { 'a=b': "x'y", n: 2 } })
    expect(wanted(pressed(live(fresh(), [event]), 'y c'))).toEqual({
      kind: 'copy',
      what: 'cli',
      text: `datacline invoke dev-server 'it'\\''s' 'a\\=b==x'\\''y' n:=2 --gateway http://127.0.0.1:8000`,
    })
  })

  test('a denied call is copied as the narrowest rule that permits it', () => {
    const want = wanted(pressed(live(fresh(), [denied(1)]), 'y r'))
    expect(want).toMatchObject({ kind: 'copy', what: 'rule' })
    const { text } = want as { text: string }
    expect(Bun.YAML.parse(text)).toEqual([
      {
        name: 'Allow delete_user on prod-server for analyst@example.com',
        condition: {
          user: 'analyst@example.com',
          action: 'invoke_tool',
          mcp_server: 'prod-server',
          tool: 'delete_user',
        },
        action: 'allow',
        priority: 1000,
      },
    ])
  })

  test('marks stay with their calls, and can be what is listed', () => {
    const marked = pressed(live(fresh()), 'k m M')
    expect(marked.visible).toHaveLength(1)
    expect(pressed(marked, 'esc').visible.length).toBeGreaterThan(1)
  })

  test('what is exported is what is marked, else what is listed', () => {
    const state = live(fresh())
    expect(wanted(pressed(state, 'e enter'))).toMatchObject({ seqs: seqs(state) })
    expect(wanted(pressed(state, 'm e enter'))).toMatchObject({ seqs: [9] })
  })

  test('a call is made again only when policy permits it and somebody says so', () => {
    const asked = pressed(live(fresh(), [call(1)]), 'r')
    expect(asked.wants).toContainEqual({ kind: 'replay', seq: 1, live: false })
    const told = (tone: 'permit' | 'deny') =>
      after(
        asked,
        { type: 'taken' },
        { type: 'replayed', replayed: { seq: 1, live: false, lines: ['by role'], tone } },
      )
    expect(told('deny').question).toBeUndefined()
    expect(pressed(told('permit'), 'n').wants).toEqual([])
    expect(pressed(told('permit'), 'y').wants).toEqual([{ kind: 'replay', seq: 1, live: true }])
  })

  test('a search goes from match to match, and around', () => {
    const found = pressed(typed(pressed(live(fresh()), 'ctrl-f'), 'PROD-SERVER'), 'enter')
    const visited = ['n', 'n', 'n'].reduce<State[]>(
      (states) => [...states, pressed(states.at(-1) ?? found, 'n')],
      [found],
    )
    expect(visited.map(({ cursor }) => cursor)).toEqual([2, 3, 5, 9])
  })
})
