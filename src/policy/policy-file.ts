import { createHash } from 'node:crypto'
import { type Path, parseYaml, readAll, readEach, type YamlFile } from '../lib/yaml.ts'
import type { Effect } from './condition.ts'
import { checkCharacters, checkPermission, checkRoleName, checkRoles } from './policy-checks.ts'
import { OutlineSchema, PARTS, type PolicyText } from './policy-schema.ts'
import { groupName, userName } from './principal-names.ts'
import type { HeldRole } from './question.ts'
import { type Rule, toRule } from './rule.ts'

/** A permission of a role, as written. */
export type Permission = Readonly<{ resource: string; actions: readonly string[]; at: string }>

/** A name of `user_roles`, `realm_roles` or `group_roles` → the roles it gives. */
export type RoleMapping = ReadonlyMap<string, readonly HeldRole[]>

/** policy.yaml, checked, with places (`file:line`) instead of positions. */
export type Policy = Readonly<{
  /** As shown in places, relative to the config directory. */
  file: string
  /** SHA-256 of the text, hexadecimal; `none` without a file. */
  hash: string
  roles: ReadonlyMap<string, readonly Permission[]>
  /** By canonical name: `sub:…`, `email:…`, `user:…`. */
  userRoles: RoleMapping
  realmRoles: RoleMapping
  /** By group without its leading slash. */
  groupRoles: RoleMapping
  /** In file order. */
  rules: readonly Rule[]
  defaultPolicy: Readonly<{ effect: Effect; at: string | undefined }>
}>

/**
 * Reads policy.yaml whole, or not at all.
 *
 * @param file the name shown in places, relative to the config directory
 * @throws YamlFault for the first fault, with its line and the nearest known name, and the others behind it
 */
export const loadPolicy = (text: string, file: string): Policy => {
  // What is open in the outline is looked at part by part below.
  const yaml = parseYaml<PolicyText>(text, file, OutlineSchema)
  const { value } = yaml
  if (Object.keys(value).length === 0) {
    throw yaml.fault([], 'the policy is empty; to deny everything, write default_policy: deny')
  }
  const at = (path: Path) => `${file}:${yaml.lineOf(path)}`
  const known = new Map(Object.entries(value.roles ?? {}))
  const mapping = (key: Mapped, name: typeof groupName) => () =>
    readMapping(yaml, key, name, known, at)
  const [, roles, userRoles, realmRoles, groupRoles, rules, effect] = readAll(
    () => checkCharacters(yaml),
    () => readRoles(yaml, at),
    mapping('user_roles', userName),
    mapping('realm_roles', (name) => name),
    mapping('group_roles', groupName),
    () =>
      readEach(value.rules ?? [], (_rule, index) => {
        yaml.read(['rules', index], PARTS.rule)
        return toRule(yaml, index, known, at)
      }),
    () => readDefault(yaml),
  )
  return {
    file,
    hash: createHash('sha256').update(text).digest('hex'),
    roles,
    userRoles,
    realmRoles,
    groupRoles,
    rules,
    defaultPolicy: {
      effect,
      at: value.default_policy === undefined ? undefined : at(['default_policy']),
    },
  }
}

/** The policy of a gateway without a policy file: nothing is permitted but what a built-in role may do. */
export const missingPolicy = (file: string): Policy => ({
  file,
  hash: 'none',
  roles: new Map(),
  userRoles: new Map(),
  realmRoles: new Map(),
  groupRoles: new Map(),
  rules: [],
  defaultPolicy: { effect: 'deny', at: undefined },
})

type Place = (path: Path) => string

const readDefault = ({ value, read }: YamlFile<PolicyText>): Effect =>
  value.default_policy === undefined ? 'deny' : read<Effect>(['default_policy'], PARTS.effect)

const readRoles = (yaml: YamlFile<PolicyText>, at: Place): Policy['roles'] => {
  const roles = Object.entries(yaml.value.roles ?? {})
  return new Map(
    readEach(roles, ([name]) => {
      checkRoleName(yaml, name)
      const role = yaml.read<RoleText>(['roles', name], PARTS.role)
      const permissions = readEach(role.permissions ?? [], (_permission, index) => {
        const path = ['roles', name, 'permissions', index]
        const permission = yaml.read<PermissionText>(path, PARTS.permission)
        checkPermission(yaml, path, permission)
        return { ...permission, at: at(path) }
      })
      return [name, permissions]
    }),
  )
}

type RoleText = NonNullable<PolicyText['roles']>[string]
type PermissionText = NonNullable<RoleText['permissions']>[number]
type Mapped = 'user_roles' | 'realm_roles' | 'group_roles'

const readMapping = (
  yaml: YamlFile<PolicyText>,
  key: Mapped,
  canonical: (name: string) => string,
  roles: ReadonlyMap<string, unknown>,
  at: Place,
): RoleMapping => {
  const mapping = new Map<string, readonly HeldRole[]>()
  readEach(Object.keys(yaml.value[key] ?? {}), (name) => {
    const given = yaml.read<readonly string[]>([key, name], PARTS.mapped)
    checkRoles(yaml, [key, name], given, roles)
    const origin = `${key}: ${name}, ${at([key, name])}`
    const held = given.map((role) => ({ role, origin }))
    mapping.set(canonical(name), [...(mapping.get(canonical(name)) ?? []), ...held])
  })
  return mapping
}
