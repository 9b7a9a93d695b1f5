import { describe, expect, test } from 'bun:test'
import { KEYMAP, withKeys } from '../../tui/keymap.ts'
import { frame } from '../../tui/screen.ts'
import type { State } from '../../tui/state.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, shown, typed } from './states.ts'

const lines = (state: State): readonly string[] => shown(state).split('\n')

const told = (state: State, given: Partial<typeof SNAPSHOT> = {}): State =>
  after(state, { type: 'snapshot', body: { ...SNAPSHOT, ...given } })

describe('a list without a call says why, and what to type', () => {
  test('the administration alone is no call', () => {
    const watched = live(fresh(), [call(1, { face: 'admin' })])
    expect(shown(watched)).toContain('No calls yet.')
    expect(shown(watched)).toContain('datacline list-tools')
  })

  test('with the embedded server there is a call that works as printed', () => {
    const [server] = SNAPSHOT.servers
    if (server === undefined) throw new Error('no server')
    const servers = [{ ...server, name: 'demo', type: 'embedded' }]
    const text = shown(told(live(fresh(), []), { servers }))
    expect(text).toContain('datacline invoke demo add a=2 b=3 --gateway http://127.0.0.1:8000')
  })

  test('without a server, how one is added', () => {
    const empty = told(live(fresh(), []), { servers: [] })
    expect(shown(empty)).toContain('datacline register-mcp')
    expect(shown(pressed(empty, '2'))).toContain('datacline register-mcp my-server')
  })

  test('without a policy, that there is none', () => {
    const policy = { ...SNAPSHOT.policy, state: 'missing', problem: 'it is missing' } as const
    const [head = '', ...rest] = lines(told(live(fresh(), []), { policy }))
    expect(head).toContain('policy missing')
    expect(rest.join('\n')).toContain('it is missing: no rule denies anything')
  })

  test('behind a filter, behind a pause, and of nothing that is marked', () => {
    expect(shown(pressed(typed(pressed(live(fresh()), '/'), 'nobody'), 'enter'))).toContain(
      'None of 9 calls passes the filter.',
    )
    expect(shown(live(pressed(live(fresh(), []), 'p'), [call(1)]))).toContain('after the pause')
    expect(shown(pressed(live(fresh()), 'M'))).toContain('No call is marked.')
  })

  test('the keys that it names are those that somebody chose', () => {
    const keymap = withKeys(KEYMAP, { marked: ['ctrl-k'] })
    expect(frame(pressed(live(fresh()), 'M'), keymap)).toContain('ctrl-k lists all of them again')
  })

  test('a gateway that is away is the reason', () => {
    const lost = { kind: 'lost', sentence: 'the gateway is gone, trying again' } as const
    const body = lines(after(fresh(), { type: 'link', link: lost })).slice(3, -2)
    expect(body.join('\n')).toContain('the gateway is gone, trying again')
  })
})

describe('why a call ended as it did', () => {
  test('each condition stands with what there was, and with what would have let it pass', () => {
    const text = shown(told(live(fresh(100, 40), [denied(1)])))
    expect(text.replace(/\s*│?\s+/g, ' ')).toContain('.*delete.*|.*drop.* got delete_user')
    expect(text.replace(/[\s│]+/g, ' ')).toContain('an allow rule with a priority above 100')
  })

  test('a denial that HTTP calls a success is told from one by a word', () => {
    expect(shown(live(fresh(), [denied(1, { response_status: 200 })]))).toMatch(
      /✗ analyst@\S+ +\S+ +delete_user +DENY/,
    )
  })

  test('a code of the door is a sentence, with what helps', () => {
    const refused = { ...call(1), phase: 'refusal', event_type: 'authentication' } as const
    const { decision: _, policy_decision: __, ...rest } = refused
    const text = shown(
      live(fresh(100, 30), [{ ...rest, status: 'denied', error: 'expired', response_status: 401 }]),
    )
    expect(text).toContain('not let in: the token has')
    expect(text).toContain('Get a new one')
    expect(text).not.toMatch(/error +expired/)
  })
})

test('from 120 columns on the list says beside the pane why each call ended as it did', () => {
  const at = (columns: number) => lines(live(fresh(columns, 30), [denied(1)]))[3]
  expect(at(119)).not.toContain('REASON')
  expect(at(120)).toContain('RULE / REASON')
})

describe('who looks into a call stays with it', () => {
  test('while others come', () => {
    const open = live(pressed(live(fresh()), 'enter'), [call(20), call(21)])
    expect(open.cursor).toBe(9)
    expect(pressed(open, 'esc').cursor).toBe(9)
    expect(pressed(pressed(open, 'esc'), 'G').cursor).toBe(21)
  })

  test('and only the call that policy was asked about is made again', () => {
    const asked = after(
      pressed(live(fresh(), [call(1), call(2)]), 'r'),
      { type: 'taken' },
      { type: 'replayed', replayed: { seq: 1, live: false, lines: ['yes'], tone: 'permit' } },
    )
    expect(pressed(asked, 'y').wants).toEqual([{ kind: 'replay', seq: 2, live: false }])
  })
})

describe('while a line is typed', () => {
  const below = (text: string): string => lines(typed(pressed(live(fresh()), '/'), text))[3] ?? ''

  test('the fault has a caret under it, and what is not whole yet is none', () => {
    expect(below('(')).toBe('  ^ this parenthesis is never closed'.padEnd(80))
    expect(below('server:prod')).toContain('prod-server')
  })

  test('a fault at the far end is said at the left of its caret', () => {
    const state = typed(pressed(live(fresh()), '/'), '('.padEnd(60, 'x'))
    const moved = { ...state, input: state.input && { ...state.input, at: 59 } }
    expect((lines(moved)[3] ?? '').trimEnd()).toEndWith('this parenthesis is never closed ^')
  })

  test('the keys at the bottom are those that work now', () => {
    expect(lines(pressed(live(fresh()), ':')).at(-1)).toContain('tab complete')
  })
})

describe('help', () => {
  test('is searched as one types, under the headings that remain; esc shows all of it again', () => {
    const open = pressed(live(fresh()), '?')
    const found = typed(pressed(open, '/'), 'curl')
    expect(shown(found)).toContain('y u')
    expect(shown(found)).not.toContain('why pane')
    const kept = pressed(found, 'enter')
    expect(shown(kept)).toContain('only with "curl"')
    expect(shown(pressed(kept, 'esc'))).toContain('why pane')
    expect(pressed(kept, 'esc esc').help).toBeUndefined()
    expect(kept.filter.text).toBe('')
    expect(shown(typed(pressed(open, '/'), 'marks'))).toContain('under way')
    expect(shown(typed(pressed(open, '/'), 'zzz'))).toContain('Nothing here has "zzz" in it.')
  })
})

describe('the first line', () => {
  test('a gateway elsewhere cannot be taken for one here', () => {
    const head = (place: string) => lines(live(fresh(80, 24, { place }), []))[0]
    expect(head('https://gw.corp.example')).toContain('REMOTE gw.corp.example')
    expect(head('http://127.0.0.1.example')).toContain('REMOTE')
    for (const place of ['http://127.0.0.1:8000', 'http://localhost:1', 'http://[::1]:80']) {
      expect(head(place)).not.toContain('REMOTE')
    }
  })

  test('a record that is down is said on every width', () => {
    const record = { ...SNAPSHOT.record, state: 'down' } as const
    expect(lines(told(live(fresh()), { record }))[0]).toContain('record down')
  })

  test('the way out is among the hints however narrow it is', () => {
    expect(lines(live(fresh())).at(-1)).toContain('q quit')
  })
})
