import { type Binding, keyOf } from '../keymap.ts'
import type { Piece } from '../line.ts'
import { focusOf } from '../reduce.ts'
import { type State, selectedRow } from '../state.ts'

/** What to press next, for those who see the screen for the first time: a function of what is shown. */
export const guidePieces = (state: State, keymap: readonly Binding[]): readonly Piece[] => {
  const steps = STEPS.find(([fits]) => fits(state))?.[1] ?? []
  const focus = focusOf(state)
  return [
    ['DEMO  ', 'title'],
    ...steps.flatMap(([command, what, typed = '']): readonly Piece[] => {
      if (command === undefined) return [what]
      const key = keyOf(keymap, focus, command, state.theme.ascii)
      return [[`${key}${typed}`, 'key'], ` ${what}  `]
    }),
  ]
}

/** A command, what its key does, and what is to be typed after it; or words alone. */
type Hint = readonly [command: string | undefined, what: string, typed?: string]

const DENIALS: Hint = ['filter', 'lists what was denied', 'decision:deny ⏎']

/** The first that fits. */
const STEPS: readonly (readonly [fits: (state: State) => boolean, hints: readonly Hint[]])[] = [
  [({ input }) => input !== undefined, [[undefined, '⏎ takes what is typed, esc leaves it']]],
  [({ help }) => help !== undefined, [['back', 'goes back']]],
  [
    ({ rule }) => rule !== undefined,
    [
      ['rule write', 'writes it, after asking'],
      ['rule wider', 'for more callers'],
      ['back', 'goes back'],
    ],
  ],
  [
    (state) => focusOf(state) === 'form',
    [
      ['form submit', 'asks policy, then calls'],
      ['form next', 'next field'],
      ['back', 'goes back'],
    ],
  ],
  [
    ({ detail }) => detail !== undefined,
    [
      ['tab next', 'next tab'],
      ['rule', 'writes a rule from it'],
      ['back', 'goes back'],
    ],
  ],
  [
    ({ screen }) => screen !== 'traffic',
    [
      ['screen traffic', 'goes back to the calls'],
      ['screen stats', 'the numbers'],
    ],
  ],
  [
    ({ written }) => written !== undefined,
    [
      ['rule undo', 'takes your rule back'],
      ['last', 'follows'],
      ['screen policies', 'the policy'],
    ],
  ],
  [
    ({ filter }) => filter.text !== '',
    [
      ['back', 'clears the filter'],
      ['rule', 'writes a rule'],
      ['screen policies', 'the policy'],
    ],
  ],
  [({ rows }) => rows.length === 0, [[undefined, 'calls of made-up people are on their way']]],
  [({ follow }) => follow, [['up', 'picks a call and says why'], DENIALS]],
  [
    (state) => selectedRow(state)?.event.decision === undefined,
    [
      ['open', 'opens this call'],
      ['up', 'the one before'],
      ['last', 'follows'],
      ['help', 'all keys'],
    ],
  ],
  [
    () => true,
    [
      ['open', 'opens this call'],
      ['rule', 'writes a rule'],
      ['replay', 'calls again'],
      ['last', 'follows'],
    ],
  ],
]
