import type { Snapshot } from '../../src/core/snapshot.ts'
import { EMPTY, type Line, line, select, span } from '../line.ts'
import { policyPlaces } from '../policy-places.ts'
import type { State } from '../state.ts'
import { fit, wrap } from '../text.ts'
import { untold } from './servers.ts'

type Policy = Snapshot['policy']

const TONES = { ok: 'permit', missing: 'warn', broken: 'deny' } as const

/** The rules in the order in which they are asked, then what roles permit, then the rest. */
/** As much of it as there is room for, the entry under the cursor in it. */
export const policyScreen = (state: State, columns: number, rows: number): readonly Line[] => {
  const lines = policyLines(state, columns)
  const at = lines.findIndex(({ place }) => place === state.policyAt)
  const from = Math.max(0, Math.min(lines.length - rows, at - Math.floor(rows / 2)))
  const shown = lines.slice(from, from + rows)
  return shown.map((each) =>
    each.place === state.policyAt ? underCursor(each, state, columns) : each,
  )
}

/** The line has a blank at its beginning, where the sign goes. */
const underCursor = (
  { spans: [first, ...rest] }: Line,
  { theme }: State,
  columns: number,
): Line => {
  const sign = span([theme.glyphs.cursor, 'key'])
  const begun = first === undefined ? [] : [{ ...first, text: first.text.slice(1) }]
  return select({ spans: [sign, ...begun, ...rest] }, columns)
}

/** A line that the cursor can be on says which of the entries it begins. */
type PolicyLine = Line & Readonly<{ place?: number }>

const policyLines = (state: State, columns: number): readonly PolicyLine[] => {
  const { snapshot } = state
  if (snapshot === undefined) return untold(state)
  const { policy } = snapshot
  return [
    line(
      ` ${policy.file}  `,
      [policy.state, TONES[policy.state]],
      [`  ${policy.hash.slice(0, 12)}`, 'dim'],
      ['   hits count since this policy came into force', 'dim'],
    ),
    ...(policy.problem === undefined
      ? []
      : wrap(policy.problem, columns - 2).map((text) => line([` ${text}`, 'deny']))),
    EMPTY,
    line([` 1  Rules`, 'title'], ['  the first that holds decides', 'dim']),
    line([`    ${fit('PRIO', 6, 'right')}  ${fit('HITS', 6, 'right')}  ACTION  RULE`, 'dim']),
    ...(policy.rules.length === 0 ? [line(['      none', 'dim'])] : []),
    ...policy.rules.flatMap((rule, at) => placed(ruleBlock(rule, columns), at)),
    EMPTY,
    line([' 2  Roles', 'title']),
    ...(policy.roles.length === 0 ? [line(['      none', 'dim'])] : []),
    ...roleBlocks(policy),
    EMPTY,
    ...placed(
      [
        line(
          [' 3  Everything else  ', 'title'],
          [policy.default.action, policy.default.action === 'allow' ? 'permit' : 'deny'],
          [`  ${policy.default.hits} hits  ${policy.default.at ?? ''}`, 'dim'],
        ),
      ],
      policy.default.at === undefined ? -1 : policyPlaces(snapshot).length - 1,
    ),
  ]
}

const ruleBlock = (rule: Policy['rules'][number], columns: number): readonly Line[] => {
  const tone = rule.hits === 0 ? 'dim' : 'plain'
  const condition = rule.conditions
    .map(({ key, values }) => `${key} ${values.join(' | ')}`)
    .join('   ')
  return [
    line(
      [
        `    ${fit(String(rule.priority), 6, 'right')}  ${fit(String(rule.hits), 6, 'right')}  `,
        tone,
      ],
      [fit(rule.action, 8), rule.action === 'allow' ? 'permit' : 'deny'],
      [rule.name, rule.hits === 0 ? 'dim' : 'strong'],
      [`  ${rule.at}`, 'id'],
    ),
    ...wrap(condition, columns - 28).map((text) => line([`${' '.repeat(26)}${text}`, 'dim'])),
  ]
}

const placed = (
  [first = EMPTY, ...rest]: readonly Line[],
  place: number,
): readonly PolicyLine[] => [{ ...first, place }, ...rest]

const roleBlocks = ({ rules, roles }: Policy): readonly PolicyLine[] => {
  let place = rules.length
  return roles.flatMap((role) => {
    const [title = EMPTY, ...permissions] = roleBlock(role)
    return [title, ...permissions.flatMap((each) => placed([each], place++))]
  })
}

const roleBlock = (role: Policy['roles'][number]): readonly Line[] => [
  line('    ', [role.name, 'strong']),
  ...role.permissions.map(({ resource, actions, hits, at }) =>
    line(
      [`    ${fit('', 6)}  ${fit(String(hits), 6, 'right')}  `, hits === 0 ? 'dim' : 'plain'],
      fit(resource, 28),
      ` ${actions.join(', ')}`,
      [`  ${at}`, 'id'],
    ),
  ),
]
