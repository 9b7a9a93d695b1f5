import type { Principal } from '../core/principal.ts'
import type { Resource } from '../core/resource.ts'
import { groupName } from './principal-names.ts'
import { fold, spellings } from './spellings.ts'

/** What a rule or permission can be bound to by name. */
export const KINDS = ['user', 'role', 'group', 'action', 'server', 'tool'] as const
export type Kind = (typeof KINDS)[number]
export type Names = Readonly<Record<Kind, readonly string[]>>
type AskerKind = 'user' | 'role' | 'group'

/** A policy role of a principal, with where it came from. */
export type HeldRole = Readonly<{ role: string; origin: string }>

/** A principal as the policy in force sees it. */
export type Asker = Readonly<{
  principal: Principal
  roles: readonly HeldRole[]
  /** What the `subject` column of a casbin row may say for this principal. */
  subjects: ReadonlySet<string>
  exact: Readonly<Record<AskerKind, readonly string[]>>
  folded: Readonly<Record<AskerKind, readonly string[]>>
}>

/**
 * `one`: the item of that very name. `every`: all items that the name, a glob, stands for. `some`: any
 * of them: a pattern of an allow rule is then taken to hold for one, for nobody knows the names yet.
 */
export type Extent = 'one' | 'every' | 'some'

/** One thing to decide, in the form that conditions look at. */
export type Question = Readonly<{
  asker: Asker
  action: string
  /** Undefined for what is done to the gateway itself. */
  resource: Resource | undefined
  extent: Extent
  /** The names as they are, for what gives access. */
  exact: Names
  /** All their spellings folded, for what takes access away and for the index. */
  folded: Names
  /** The readings of the item's name, for patterns that take access away. */
  spellings: readonly string[]
}>

/**
 * The principal's names: users, groups and roles are namespaces of their own.
 *
 * @param users the names that may give access
 * @param claimed all names, for what takes access away
 */
export const createAsker = (
  principal: Principal,
  roles: readonly HeldRole[],
  users: readonly string[],
  claimed: readonly string[] = users,
): Asker => {
  const exact = {
    user: users,
    role: roles.map((held) => held.role),
    group: principal.groups.map(groupName),
  }
  return {
    principal,
    roles,
    subjects: new Set(['anyone', ...exact.role.map((role) => `role:${role}`)]),
    exact,
    folded: {
      user: claimed.map(fold),
      role: exact.role.map(fold),
      group: exact.group.map(fold),
    },
  }
}

export const createQuestion = (
  asker: Asker,
  action: string,
  resource: Resource | undefined,
  extent: Extent,
): Question => {
  const readings = resource === undefined ? [] : spellings(resource.name)
  const servers = resource === undefined ? [] : [resource.server]
  return {
    asker,
    action,
    resource,
    extent,
    exact: {
      ...asker.exact,
      action: [action],
      server: servers,
      tool: resource === undefined ? [] : [resource.name],
    },
    folded: {
      ...asker.folded,
      action: [fold(action)],
      server: servers.map(fold),
      tool: readings.map(fold),
    },
    spellings: readings,
  }
}
