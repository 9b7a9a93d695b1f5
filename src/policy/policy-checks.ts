import { nearest } from '../lib/nearest.ts'
import { type Path, readAll, readEach, type YamlFile } from '../lib/yaml.ts'
import { ACTIONS, isAction } from './actions.ts'
import { isLiteral } from './glob.ts'
import type { PolicyText } from './policy-schema.ts'
import { parseResourcePattern } from './resource-pattern.ts'

type File = YamlFile<PolicyText>

/** Roles that the gateway gives by itself. */
export const BUILT_IN_ROLES = ['local-developer', 'local-operator'] as const

const isBuiltIn = (name: string) => BUILT_IN_ROLES.some((role) => role === name)

/** `; did you mean "x"?` for the nearest known word, or what is known; nothing when that is too much. */
export const suggest = (word: string, known: readonly string[]): string => {
  const match = nearest(word, known)
  if (match !== undefined) return `; did you mean ${JSON.stringify(match)}?`
  return known.length > 0 && known.length <= 12 ? `; known here: ${known.join(', ')}` : ''
}

/**
 * Refuses control characters and broken encoding in every key and value. A line break is allowed where
 * prose is: in descriptions and metadata.
 */
export const checkCharacters = (yaml: File): void => {
  for (const { path, text, prose } of textsOf([], yaml.value, false)) {
    const found = (prose ? FORBIDDEN_IN_PROSE : FORBIDDEN).exec(text)?.[0].codePointAt(0)
    if (found === undefined) continue
    const code = found.toString(16).toUpperCase().padStart(4, '0')
    throw yaml.fault(path, `control characters and broken UTF-8 are not allowed (U+${code})`)
  }
}

type Placed = Readonly<{ path: Path; text: string; prose: boolean }>

/** Every key and every text of a YAML value. */
function* textsOf(path: Path, value: unknown, prose: boolean): Generator<Placed> {
  if (typeof value === 'string') yield { path, text: value, prose }
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const place = [...path, Array.isArray(value) ? Number(key) : key]
    yield { path: place, text: key, prose: false }
    yield* textsOf(place, inner, prose || PROSE_KEYS.has(key))
  }
}

const PROSE_KEYS: ReadonlySet<string> = new Set(['description', 'metadata'])
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/
const FORBIDDEN_IN_PROSE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufffd]/

export const checkRoleName = (yaml: File, name: string): void => {
  if (isBuiltIn(name)) {
    throw yaml.fault(['roles', name], `${name} is a built-in role and cannot be defined`)
  }
  if (name === '' || !isLiteral(name)) {
    throw yaml.fault(['roles', name], 'a role needs a name without *')
  }
}

export const checkPermission = (
  yaml: File,
  path: Path,
  permission: Readonly<{ resource: string; actions: readonly string[] }>,
): void => {
  readAll(
    () => checkResource(yaml, [...path, 'resource'], permission.resource),
    () =>
      readEach(permission.actions, (action, index) => {
        if (action !== '*') checkAction(yaml, [...path, 'actions', index], action)
      }),
  )
}

const checkResource = (yaml: File, path: Path, resource: string): void => {
  if (parseResourcePattern(resource) !== undefined) return
  const got = JSON.stringify(resource)
  throw yaml.fault(
    path,
    `expected mcp:{server}:{name}, where * is any run of characters, or * for everything, got ${got}`,
  )
}

/** An action that nothing ever does is a typing error, which in a deny rule would open what it closes. */
export const checkAction = (yaml: File, path: Path, action: string): void => {
  if (isAction(action)) return
  const known = action.startsWith('method:')
    ? '; this method has an action of its own'
    : suggest(action, ACTIONS)
  throw yaml.fault(path, `unknown action ${JSON.stringify(action)}${known}`)
}

/** One entry of `user_roles`, `realm_roles` or `group_roles`. */
export const checkRoles = (
  yaml: File,
  path: Path,
  given: readonly string[],
  roles: ReadonlyMap<string, unknown>,
): void => {
  const name = String(path.at(-1))
  if (name === '' || !isLiteral(name)) {
    throw yaml.fault(path, 'expected one name: * stands for nobody here')
  }
  readEach(given, (role, index) => {
    if (isBuiltIn(role)) {
      throw yaml.fault([...path, index], `${role} is a built-in role and cannot be given`)
    }
    if (!roles.has(role)) throw unknownRole(yaml, [...path, index], role, [...roles.keys()])
  })
}

/** A role in a rule's condition: defined in the file, built in, or a glob. */
export const checkRole = (
  yaml: File,
  path: Path,
  role: string,
  roles: ReadonlyMap<string, unknown>,
): void => {
  if (!isLiteral(role) || roles.has(role) || isBuiltIn(role)) return
  throw unknownRole(yaml, path, role, [...roles.keys(), ...BUILT_IN_ROLES])
}

const unknownRole = (yaml: File, path: Path, role: string, known: readonly string[]) =>
  yaml.fault(path, `unknown role ${JSON.stringify(role)}${suggest(role, known)}`)
