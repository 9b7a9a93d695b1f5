import { createBoundedMap } from '../lib/bounded-map.ts'
import type { Face, Member } from './face.ts'
import { aliasOf, federatedUri, type Kind, readAlias, readUri } from './names.ts'

/** One item of one server, by the names that they have themselves. */
export type Item = Readonly<{ server: string; name: string }>

/** Which item of which server a federated name stands for. */
export type Directory = Readonly<{
  /** The federated name; remembered where it cannot be read back. */
  nameOf: (kind: Kind, item: Item) => string
  /** The item; undefined for what the face does not show, and for a hash that nothing has taught yet. */
  find: (face: Face, kind: Kind, name: string) => Item | undefined
  /** The server whose listing may teach what an alias stands for; undefined when none can. */
  teacher: (face: Face, kind: Kind, name: string) => string | undefined
}>

/**
 * @param limit hashed aliases that are remembered; the oldest is forgotten first, and learned again
 */
export const createDirectory = ({ limit = 10_000 } = {}): Directory => {
  const learned = createBoundedMap<string, string>(limit)

  const read = (face: Face, kind: Kind, name: string): [Member, string] | undefined => {
    if (kind === 'resource') {
      const parts = readUri(name)
      const member = face.members.find(({ scheme }) => scheme === parts?.scheme)
      return member && parts && [member, parts.uri]
    }
    const parts = readAlias(name)
    const member = face.members.find(({ label }) => label === parts?.label)
    const real = parts?.name ?? learned.get(name)
    return member && real !== undefined ? [member, real] : undefined
  }

  return {
    nameOf(kind, { server, name }) {
      if (kind === 'resource') return federatedUri(server, name)
      const alias = aliasOf(server, name)
      if (readAlias(alias)?.name !== undefined) return alias
      learned.set(alias, name)
      return alias
    },
    find(face, kind, name) {
      const [member, real] = read(face, kind, name) ?? []
      if (member === undefined || real === undefined || !member.shows(kind, real)) return undefined
      const item = { server: member.server, name: real }
      // One item has one name: what is only read like it is none of ours.
      return kind === 'resource' || aliasOf(item.server, real) === name ? item : undefined
    },
    teacher(face, kind, name) {
      const parts = kind === 'resource' ? undefined : readAlias(name)
      if (parts === undefined || parts.name !== undefined || learned.has(name)) return undefined
      return face.members.find(({ label }) => label === parts.label)?.server
    },
  }
}
