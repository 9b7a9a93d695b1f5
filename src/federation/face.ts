import type { GroupMember, ServerGroup } from '../core/server-group.ts'
import { type Kind, labelOf, schemeOf } from './names.ts'

/** Several servers as one MCP server: all of them, or a group. */
export type Face = Readonly<{
  /** As the record names it: `servers/*`, or `groups/{name}`; no server can be called so. */
  name: string
  description: string | undefined
  members: readonly Member[]
}>

export type Member = Readonly<{
  server: string
  /** How the server is called in aliases, and in URIs. */
  label: string
  scheme: string
  /** Whether the face shows this item of the server at all; policy is asked besides. */
  shows: (kind: Kind, name: string) => boolean
}>

/** Every server that is enabled. */
export const EVERYTHING = 'servers/*'

/** The face of a group. */
const groupFace = (name: string): string => `groups/${name}`

export const isFaceName = (name: string): boolean =>
  name === EVERYTHING || name.startsWith(groupFace(''))

/**
 * @param servers the enabled servers in the order of their file
 * @returns undefined when there is no such group
 */
export const faceOf = (
  name: string,
  servers: readonly string[],
  groups: readonly ServerGroup[],
): Face | undefined => {
  if (name === EVERYTHING) {
    const members = servers.map((server) => ({ ...called(server), shows: () => true }))
    return { name, description: undefined, members }
  }
  const group = groups.find((each) => groupFace(each.name) === name)
  return (
    group && {
      name,
      description: group.description,
      members: group.members.filter(({ server }) => servers.includes(server)).map(toMember),
    }
  )
}

const LISTS = { tool: 'tools', prompt: 'prompts', resource: 'resources' } as const

const called = (server: string) => ({
  server,
  label: labelOf(server),
  scheme: schemeOf(server),
})

const toMember = (member: GroupMember): Member => ({
  ...called(member.server),
  shows: (kind, name) => member[LISTS[kind]].some((glob) => matches(glob, name)),
})

/** Anchored and case-sensitive; linear in the text for each `*`. */
const matches = (glob: string, text: string): boolean => {
  const [head = '', ...rest] = glob.split('*')
  if (!text.startsWith(head)) return false
  const tail = rest.pop()
  if (tail === undefined) return text === head
  let at = head.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - tail.length >= at && text.endsWith(tail)
}
