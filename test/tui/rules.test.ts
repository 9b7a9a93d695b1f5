import { describe, expect, test } from 'bun:test'
import type { RulePreview } from '../../src/core/rule.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { scrollLimit } from '../../tui/screen.ts'
import type { State } from '../../tui/state.ts'
import { PREVIEW, SNAPSHOT } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, shown, typed } from './states.ts'

/** Of a gateway without a policy file: the whole of it is new. */
const FIRST: RulePreview = {
  ...PREVIEW,
  at: 'policies/policy.yaml:40',
  hash: 'none',
  diff: Array.from({ length: 40 }, (_, at) => ({ sign: '+' as const, text: `line ${at + 1}` })),
}

const taken = (state: State) => after(state, { type: 'taken' })
const begun = (): State => pressed(taken(live(fresh(), [denied(40)])), 'R')
const withPreview = (): State => after(taken(begun()), { type: 'previewed', preview: PREVIEW })
const attached = (may_admin: boolean): State =>
  after(live(fresh(), [denied(40)]), {
    type: 'snapshot',
    body: { ...SNAPSHOT, caller: { user: 'ana', may_admin } },
  })

describe('a rule from a call', () => {
  test('begins with the opposite of what was decided, for the fewest, and is not yet written', () => {
    expect(begun().wants).toEqual([{ kind: 'rule preview', draft: { event: 40, effect: 'allow' } }])
    expect(
      pressed(taken(live(fresh(), [call(40, { decision: denied(1).decision as never })])), 'R')
        .wants,
    ).toEqual([{ kind: 'rule preview', draft: { event: 40, effect: 'deny' } }])
    expect(shown(begun())).toContain('asking the gateway')
  })

  test('shows scopes, how many calls would change, and the lines of the file', () => {
    const text = shown(withPreview())
    expect(text).toContain('▸ dev: drop_table on dev-server')
    expect(text).toContain('it would change 3 of the last 40 calls: 3 denied become permitted')
    expect(text).toContain('+   - name: "Allow dev')
  })

  test('is written only after a question, and then exactly what was shown', () => {
    expect(pressed(begun(), 'enter').question).toBeUndefined()
    const asked = pressed(withPreview(), 'enter')
    expect(asked.wants).toEqual([])
    expect(asked.question?.text).toBe('Write it to policies/policy.yaml?')
    expect(pressed(asked, 'n').wants).toEqual([])
    expect(pressed(asked, 'y').wants).toEqual([
      {
        kind: 'rule write',
        rule: { event: 40, effect: 'allow', scope: 'user:dev item', expect: 'abc' },
      },
    ])
  })

  test('another scope or effect asks anew, and an answer that comes late is dropped', () => {
    const wider = pressed(withPreview(), 'j')
    expect(wider.wants).toEqual([
      {
        kind: 'rule preview',
        draft: { event: 40, effect: 'allow', scope: 'role:developer item' },
      },
    ])
    expect(pressed(wider, 'enter').question).toBeUndefined()
    expect(after(wider, { type: 'previewed', preview: PREVIEW }).rule?.preview).toBe(PREVIEW)
    expect(
      pressed(after(wider, { type: 'previewed', preview: PREVIEW }), 'enter').question,
    ).toBeUndefined()
    expect(pressed(withPreview(), 'tab').wants).toMatchObject([{ draft: { effect: 'deny' } }])
    expect(pressed(withPreview(), 'k').wants).toEqual([])
  })

  test('what is wrong stands in the form, and esc leaves it', () => {
    const wrong = after(begun(), { type: 'previewed', problem: 'There is no policies/policy.yaml' })
    expect(shown(wrong)).toContain('There is no policies/policy.yaml')
    expect(pressed(wrong, 'enter').question).toBeUndefined()
    expect(pressed(wrong, 'esc').rule).toBeUndefined()
  })

  test('leaves a list that followed following, written or not, and one that did not as it was', () => {
    const written = { name: 'Allow dev', at: 'policies/policy.yaml:40', hash: 'abd' }
    const news = { type: 'written', written: written as never } as const
    expect(withPreview().follow).toBe(false)
    expect(after(live(after(withPreview(), news), [denied(41)]))).toMatchObject({
      follow: true,
      cursor: 41,
    })
    expect(pressed(begun(), 'esc').follow).toBe(true)
    expect(pressed(begun(), '2').follow).toBe(true)
    const above = pressed(taken(live(fresh(), [denied(40), denied(41)])), 'k R')
    expect(after(above, news)).toMatchObject({ follow: false, cursor: 40 })
  })

  test('begins a file where there is none, and says so before it does', () => {
    const first = after(taken(begun()), { type: 'previewed', preview: FIRST })
    expect(shown(first)).toContain('policies/policy.yaml, a new file')
    expect(shown(first)).toContain('lines 30 to 40 of 40   PgUp PgDn')
    expect(shown(first)).toContain('+ line 40')
    const asked = pressed(first, 'enter')
    expect(asked.question?.text).toBe('Create policies/policy.yaml with it?')
    expect(pressed(first, 'pageup pageup pageup pageup')).toMatchObject({ rule: { scroll: 0 } })
    const moved = pressed(first, 'pageup')
    expect(pressed(moved, 'tab').rule?.scroll).toBeUndefined()
  })

  const SIZES = [60, 61, 66, 72, 79, 80].flatMap((columns) =>
    [15, 16, 17, 20, 23, 24].map((rows) => ({ columns, rows })),
  )

  test.each(SIZES)('can be read and confirmed at $columns×$rows', (size) => {
    const first = after(
      taken(begun()),
      { type: 'resize', size },
      { type: 'previewed', preview: FIRST },
    )
    let state = pressed(first, 'pageup pageup pageup pageup pageup pageup pageup pageup pageup')
    const seen = new Set<string>()
    for (let pages = 0; pages < 40; pages++) {
      const text = shown(state)
      expect(text).toContain('dev: drop_table on dev-server')
      expect(text.replace(/\s+/g, ' ')).toContain('3 denied become permitted')
      for (const [found] of text.matchAll(/\+ line \d+/g)) seen.add(found)
      state = pressed(state, 'pagedown')
    }
    expect(seen.size).toBe(40)
    const asked = pressed(first, 'enter')
    const flat = shown(asked).replace(/\s+/g, ' ')
    expect(flat).toContain('Create policies/policy.yaml with it? y create it n no')
    expect(shown(asked).split('\n')).toHaveLength(size.rows)
    expect(pressed(asked, 'y').wants).toMatchObject([{ kind: 'rule write' }])
  })

  test.each(SIZES)('asks the whole of a long question at $columns×$rows', (size) => {
    const file = `${'deep/'.repeat(20)}policy.yaml`
    const preview = { ...FIRST, file }
    const first = after(taken(begun()), { type: 'resize', size }, { type: 'previewed', preview })
    const text = shown(pressed(first, 'enter'))
    expect(text.replace(/\s+/g, '')).toContain(`Create${file}withit?ycreateitnno`)
    expect(text).toContain('+ line 40')
  })

  test('says what size it needs where there is no room, and asks whole questions even there', () => {
    const size = { columns: 30, rows: 8 }
    const first = after(
      taken(begun()),
      { type: 'resize', size },
      { type: 'previewed', preview: FIRST },
    )
    expect(shown(first).replace(/\s+/g, ' ')).toContain('needs 60x15, this is 30x8; esc leaves it.')
    expect(shown(pressed(first, 'enter')).replace(/\s+/g, ' ')).toContain(
      'Create policies/policy.yaml with it? y create it n no',
    )
    expect(pressed(first, 'esc').rule).toBeUndefined()
  })

  test('shows lines of the file that are wider than the screen whole', () => {
    const text = `  - name: "${'abcdefghij'.repeat(14)}"`
    const preview = { ...PREVIEW, diff: [{ sign: '+' as const, text }] }
    const state = after(taken(begun()), { type: 'previewed', preview })
    expect(shown(state).replace(/\s+/g, '')).toContain(text.replace(/\s+/g, ''))
  })

  test('is taken back after a question, while it is known', () => {
    expect(pressed(live(fresh()), 'u').message?.text).toBe('no rule was written here')
    const written = after(withPreview(), {
      type: 'written',
      written: { name: 'A', at: 'p:1', file: 'p', hash: 'def' },
    })
    expect(written.rule).toBeUndefined()
    const asked = pressed(taken(written), 'u')
    expect(asked.wants).toEqual([])
    expect(pressed(asked, 'y').wants).toEqual([{ kind: 'rule undo', expect: 'def' }])
  })

  test('needs a call that policy decided', () => {
    const { decision, ...rest } = denied(40)
    expect(decision).toBeDefined()
    expect(pressed(live(fresh(), [rest]), 'R').message?.text).toContain('policy decided nothing')
  })
})

describe('who may only look', () => {
  test('is told so, sees keys greyed with the reason, and nothing is asked of the gateway', () => {
    const state = attached(false)
    expect(shown(state).split('\n')[0]).toContain('READ-ONLY')
    const refused = pressed(taken(state), 'R')
    expect(refused.wants).toEqual([])
    expect(refused.message?.text).toBe(
      'ana may only look here; this needs the permission gateway:admin',
    )
    const commanded = pressed(typed(pressed(taken(state), ':'), 'rule undo now'), 'enter')
    expect(commanded.message?.text).toContain('gateway:admin')
    const help = pressed(after(state, { type: 'resize', size: { columns: 160, rows: 80 } }), '?')
    expect(shown(help)).toMatch(
      / R .*write a rule from the call .*needs the permission gateway:admin/,
    )
    expect(shown(pressed(state, '?'))).toMatch(/ R +write a rule from the call +read-only here/)
    expect(shown(attached(true)).split('\n')[0]).not.toContain('READ-ONLY')
  })

  test('of a recording nothing is asked', () => {
    const file = after(live(fresh(), [denied(40)]), { type: 'link', link: { kind: 'file' } })
    for (const key of ['R', 'r']) {
      expect(pressed(taken(file), key).message?.text).toBe('a recording has no gateway behind it')
    }
  })
})

describe('the policy', () => {
  test('has a cursor on what stands in the file, and enter opens it there', () => {
    const state = pressed(taken(after(live(fresh()), { type: 'snapshot', body: SNAPSHOT })), '3')
    const [first, second] = SNAPSHOT.policy.rules
    expect(pressed(taken(state), 'enter').wants).toEqual([{ kind: 'edit', at: first?.at ?? '' }])
    expect(pressed(taken(state), 'j o').wants).toEqual([{ kind: 'edit', at: second?.at ?? '' }])
    expect(pressed(taken(state), 'G k k k k k k k k k k k k enter').wants[0]).toMatchObject({
      kind: 'edit',
    })
    expect(scrollLimit(state, KEYMAP)).toBeLessThanOrEqual(24)
  })

  test('the rule that decided a call is opened from the call', () => {
    const state = taken(live(fresh(), [denied(40)]))
    expect(pressed(state, 'o').wants).toEqual([{ kind: 'edit', at: denied(40).decision?.at ?? '' }])
  })
})

describe('a record that begins anew under the screen', () => {
  const snapshotOf = (started_at: string, head_seq: number) => ({
    type: 'snapshot' as const,
    body: {
      ...SNAPSHOT,
      gateway: { ...SNAPSHOT.gateway, started_at },
      record: { ...SNAPSHOT.record, head_seq },
    },
  })

  test('is noticed, said, and listed from its beginning', () => {
    const before = after(live(fresh(), [call(40)]), snapshotOf('2026-11-22T10:00:00.000Z', 40))
    const anew = after(taken(before), snapshotOf('2026-11-22T11:00:00.000Z', 2))
    expect(anew.rows).toEqual([])
    expect(anew.log.at(-1)?.text).toContain('began anew')
    expect(anew.wants).toEqual([{ kind: 'history', before: undefined, filter: '' }])
    expect(live(anew, [call(1)]).rows.map(({ seq }) => seq)).toEqual([1])
  })

  test('a gateway that only started again keeps its calls on the screen', () => {
    const before = after(live(fresh(), [call(40)]), snapshotOf('2026-11-22T10:00:00.000Z', 40))
    const again = after(before, snapshotOf('2026-11-22T11:00:00.000Z', 43))
    expect(again.rows).toEqual(before.rows)
  })
})
