import type { Snapshot } from '../src/core/snapshot.ts'

/** Where the rules, permissions and the default stand, in the order in which the screen lists them. */
export const policyPlaces = (snapshot: Snapshot | undefined): readonly string[] => {
  if (snapshot === undefined) return []
  const { rules, roles, default: rest } = snapshot.policy
  return [
    ...rules.map(({ at }) => at),
    ...roles.flatMap(({ permissions }) => permissions.map(({ at }) => at)),
    ...(rest.at === undefined ? [] : [rest.at]),
  ]
}
