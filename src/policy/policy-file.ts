import { createHash } from 'node:crypto'
import { type Path, parseYaml, type YamlFile } from '../lib/yaml.ts'
import type { Effect } from './condition.ts'
import { checkCharacters, checkPermission, checkRoleName, checkRoles } from './policy-checks.ts'
import { LooseSchema, type PolicyText } from './policy-schema.ts'
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
 * @throws YamlFault for the first fault, with its line and the nearest known name
 */
export const loadPolicy = (text: string, file: string): Policy => {
  const yaml = parseYaml<PolicyText>(text, file, LooseSchema)
  const { value } = yaml
  if (Object.keys(value).length === 0) {
    throw yaml.fault([], 'the policy is empty; to deny everything, write default_policy: deny')
  }
  checkCharacters(yaml)
  const at = (path: Path) => `${file}:${yaml.lineOf(path)}`
  const roles = readRoles(yaml, at)
  const mapping = (key: 'user_roles' | 'realm_roles' | 'group_roles', name: typeof groupName) =>
    readMapping(yaml, key, name, roles, at)
  return {
    file,
    hash: createHash('sha256').update(text).digest('hex'),
    roles,
    userRoles: mapping('user_roles', userName),
    realmRoles: mapping('realm_roles', (name) => name),
    groupRoles: mapping('group_roles', groupName),
    rules: (value.rules ?? []).map((_rule, index) => toRule(yaml, index, roles, at)),
    defaultPolicy: {
      effect: value.default_policy ?? 'deny',
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

const readRoles = (yaml: YamlFile<PolicyText>, at: Place): Policy['roles'] => {
  const roles = Object.entries(yaml.value.roles ?? {})
  return new Map(
    roles.map(([name, role]) => {
      checkRoleName(yaml, name)
      const permissions = (role.permissions ?? []).map((permission, index) => {
        const path = ['roles', name, 'permissions', index]
        checkPermission(yaml, path, permission)
        return { ...permission, at: at(path) }
      })
      return [name, permissions]
    }),
  )
}

const readMapping = (
  yaml: YamlFile<PolicyText>,
  key: 'user_roles' | 'realm_roles' | 'group_roles',
  canonical: (name: string) => string,
  roles: Policy['roles'],
  at: Place,
): RoleMapping => {
  const mapping = new Map<string, readonly HeldRole[]>()
  for (const [name, given] of Object.entries(yaml.value[key] ?? {})) {
    checkRoles(yaml, [key, name], given, roles)
    const origin = `${key}: ${name}, ${at([key, name])}`
    const held = given.map((role) => ({ role, origin }))
    mapping.set(canonical(name), [...(mapping.get(canonical(name)) ?? []), ...held])
  }
  return mapping
}
