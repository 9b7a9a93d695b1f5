import type { Snapshot } from '../../src/core/snapshot.ts'
import { EMPTY, type Line, line } from '../line.ts'
import type { State } from '../state.ts'
import { fit, wrap } from '../text.ts'
import { untold } from './servers.ts'

type Policy = Snapshot['policy']

const TONES = { ok: 'permit', missing: 'warn', broken: 'deny' } as const

/** The rules in the order in which they are asked, then what roles permit, then the rest. */
export const policyLines = (state: State, columns: number): readonly Line[] => {
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
    ...policy.rules.flatMap((rule) => ruleBlock(rule, columns)),
    EMPTY,
    line([' 2  Roles', 'title']),
    ...(policy.roles.length === 0 ? [line(['      none', 'dim'])] : []),
    ...policy.roles.flatMap(roleBlock),
    EMPTY,
    line(
      [' 3  Everything else  ', 'title'],
      [policy.default.action, policy.default.action === 'allow' ? 'permit' : 'deny'],
      [`  ${policy.default.hits} hits  ${policy.default.at ?? ''}`, 'dim'],
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
