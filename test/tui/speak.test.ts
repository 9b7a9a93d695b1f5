import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { KEYMAP } from '../../tui/keymap.ts'
import { createSpeaker } from '../../tui/speak.ts'
import type { State } from '../../tui/state.ts'
import { PREVIEW } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, SOME, typed } from './states.ts'

const listening = () => {
  let state: State = fresh()
  let text = ''
  const speaker = createSpeaker(
    {
      write: (said) => {
        text += String(said)
        return true
      },
    },
    () => state,
    KEYMAP,
  )
  return (next: (state: State) => State): string => {
    state = next(state)
    speaker.draw()
    const said = text
    text = ''
    return said
  }
}

/** Written anew with DATACLINE_GOLDEN=write. */
test('everything is said in lines: what comes, what is gone to, what is asked', async () => {
  const hear = listening()
  const said = [
    hear((state) => state),
    hear((state) => live(state, SOME)),
    hear((state) => live(state, [denied(20)])),
    hear((state) => pressed(state, 'k')),
    hear((state) => pressed(state, 'j enter')),
    hear((state) => pressed(state, ']')),
    hear((state) => pressed(state, 'esc /')),
    hear((state) => typed(state, 'p')),
    hear((state) => typed(state, '(')),
    hear((state) => pressed(state, 'ctrl-c p')),
    hear((state) => pressed(state, '6')),
    hear((state) => pressed({ ...state, serving: true }, 'esc p q')),
    hear((state) => pressed(state, 'n')),
  ].join('')
  const path = join(import.meta.dir, 'golden', 'screen-reader.txt')
  const stored = said.replaceAll('\r\n', '\n')
  if (process.env.DATACLINE_GOLDEN === 'write') await Bun.write(path, stored)
  expect(stored).toBe(await Bun.file(path).text())
  expect(said).not.toMatch(/[\u001b│─┌└▁-█]/)
})

test('a decision is the first word, and nothing is said twice', () => {
  const hear = listening()
  hear((state) => live(state, SOME))
  const said = hear((state) => live(state, [denied(30), call(31)]))
  expect(said.split('\r\n')[0]).toStartWith('denied, delete_user on prod-server, by analyst@')
  expect(said.split('\r\n')[1]).toStartWith('permitted, ')
  expect(hear((state) => after(state, { type: 'tick', now: state.now + 1 }))).toBe('')
})

test('a call is said when its outcome comes', () => {
  const hear = listening()
  hear((state) => live(state, []))
  expect(
    hear((state) => live(state, [call(1, { phase: 'intent', status: 'pending' })])),
  ).not.toContain('sqlite')
  const outcome = call(2, { exchange_id: 'exchange-1' })
  expect(hear((state) => live(state, [outcome]))).toContain('permitted, sqlite_reader')
})

test('whatever it says, no sequence comes through', () => {
  const hear = listening()
  const said = hear((state) =>
    live(state, [denied(1, { tool_name: '\u001b[2J\u202eevil', user: 'a\nb\u0007' })]),
  )
  const more = hear((state) => live(state, [denied(2, { tool_name: '\u001b[2J\u202eevil' })]))
  expect(said + more).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u202e]/)
})

test('the form for a rule is read when it has come, and what is asked before it is written', () => {
  const hear = listening()
  hear((state) => live(state, [denied(20)]))
  expect(hear((state) => pressed(state, 'R'))).toContain('Write a rule from #20 delete_user')
  const preview = { ...PREVIEW, effect: 'allow' as const }
  const said = hear((state) => after(state, { type: 'previewed', preview }))
  expect(said).toContain('it would change 3 of the last 40 calls')
  expect(said).toContain('+ - name: "Allow dev')
  expect(hear((state) => pressed(state, 'enter'))).toBe(
    'Write it to policies/policy.yaml?\r\ny: write\r\nn: no\r\n',
  )
  expect(hear((state) => pressed(state, 'n esc'))).toBe('traffic, 1 calls\r\nfollowing\r\n')
})
