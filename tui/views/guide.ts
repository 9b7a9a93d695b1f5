import type { Piece } from '../line.ts'
import type { State } from '../state.ts'

/** What to press next, for those who see the screen for the first time: a function of what is shown. */
export const guidePieces = (state: State): readonly Piece[] => [
  ['DEMO  ', 'title'],
  ...(STEPS.find(([fits]) => fits(state))?.[1] ?? LAST),
]

const press = (...parts: readonly string[]): readonly Piece[] =>
  parts.map((part, at): Piece => (at % 2 === 0 ? [part, 'key'] : [`${part}  `, 'plain']))

const LAST = press('/decision:deny ⏎', ' lists what was denied', '?', ' all keys')

/** The first that fits; keys and what they do, in turn. */
const STEPS: readonly (readonly [fits: (state: State) => boolean, text: readonly Piece[]])[] = [
  [({ help }) => help !== undefined, press('esc', ' goes back')],
  [({ detail }) => detail !== undefined, press(']', ' next tab', 'esc', ' goes back')],
  [
    ({ screen }) => screen !== 'traffic',
    press('1', ' goes back to the calls', '5', ' the numbers'),
  ],
  [({ filter }) => filter.text !== '', press('esc', ' clears the filter', '3', ' the policy')],
  [({ rows }) => rows.length === 0, [['calls of made-up people are on their way', 'plain']]],
  [
    ({ follow }) => follow,
    press('k', ' picks a call and says why', '/decision:deny ⏎', ' lists what was denied'),
  ],
  [
    () => true,
    press('⏎', ' opens this call', 'r', ' calls again', 'G', ' follows', '3', ' policy'),
  ],
]
