import { describe, expect, test } from 'bun:test'
import type { RulePreview } from '../../src/core/rule.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { scrollLimit } from '../../tui/screen.ts'
import type { State } from '../../tui/state.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, shown, typed } from './states.ts'

export const PREVIEW: RulePreview = {
  scopes: [
    { id: 'user:dev item', text: 'dev: drop_table on dev-server' },
    { id: 'role:developer item', text: 'everyone with role developer: drop_table on dev-server' },
    { id: 'everyone item', text: 'everyone: drop_table on dev-server' },
  ],
  scope: 'user:dev item',
  effect: 'allow',
  name: 'Allow dev: drop_table on dev-server',
  at: 'policies/policy.yaml:40',
  file: 'policies/policy.yaml',
  hash: 'abc',
  diff: [
    { sign: ' ', text: '    action: deny' },
    { sign: '+', text: '  - name: "Allow dev: drop_table on dev-server"' },
    { sign: '+', text: '    action: allow' },
  ],
  calls: 40,
  to_permit: 3,
  to_deny: 0,
  effective: true,
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
