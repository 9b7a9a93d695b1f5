import type { Upstream } from '../core/conversation.ts'
import { ServerNotFound } from '../core/errors.ts'
import type { Message } from '../core/json-rpc.ts'
import { type Operation, toOperation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Era } from '../core/protocol.ts'
import type { Changes } from './changes.ts'
import { createFaceConversation } from './conversation.ts'
import { createDirectory } from './directory.ts'
import { type Face, faceOf, isFaceName } from './face.ts'
import { createInterpret } from './interpret.ts'
import { createLegacyLines, createModernLines, type Lines } from './lines.ts'
import type { FederationParts, Policy } from './parts.ts'

/** Several servers as one MCP server: all of them (`servers/*`), and each group. */
export type Federation = Readonly<{
  /** What a message means to do; of a single server's own name it is what it says. */
  interpret: (
    server: string,
    era: Era,
    message: Message,
    principal: Principal,
    signal: AbortSignal,
  ) => Operation | Promise<Operation>
  isFace: (name: string) => boolean
  /** @throws ServerNotFound for what is not there, and for a face that is asked in no era of MCP */
  locate: (operation: Operation) => void
  /** A face as an upstream, or the single server of that name. @throws ServerNotFound */
  upstream: (name: string) => Upstream
  /** What policy says, of faces too: a face is permitted what any of its servers is. */
  decide: Policy['decide']
  permits: Policy['permits']
  /** To be called when servers, groups or the policy are others now. */
  changed: () => void
  /** Ends every stream. */
  close: () => void
}>

export const createFederation = (parts: FederationParts): Federation => {
  const directory = createDirectory()
  const interpret = createInterpret(parts, directory)
  const listening = new Set<Changes>()
  const find = (name: string): Face | undefined => faceOf(name, parts.servers(), parts.groups())
  const faceNamed = (name: string): Face => {
    const face = find(name)
    if (face === undefined) throw new ServerNotFound(`No group called ${name.slice(7)} is here`)
    return face
  }

  const toUpstream = (name: string): Upstream => {
    faceNamed(name)
    const conversationOn = (lines: Lines) =>
      createFaceConversation({
        parts,
        directory,
        lines,
        face: () => faceNamed(name),
        watch: (changes) => listening.add(changes),
        unwatch: (changes) => listening.delete(changes),
      })
    const open = {
      modern: () => conversationOn(createModernLines(parts)),
      legacy: () => conversationOn(createLegacyLines(parts)),
    }
    return {
      name,
      type: 'federation',
      virtual: true,
      eras: async () => ['modern', 'legacy'],
      open: async (era) => open[era](),
      health: () => ({ state: 'up', problem: undefined, eras: ['modern', 'legacy'] }),
      close: async () => undefined,
    }
  }

  const upstream = (name: string): Upstream =>
    isFaceName(name) ? toUpstream(name) : parts.upstream(name)
  const { policy } = parts
  const onEach = ({ resource, ...operation }: Operation): readonly Operation[] =>
    isFaceName(resource.server)
      ? (find(resource.server)?.members ?? []).map(({ server }) => ({
          ...operation,
          resource: { ...resource, server },
        }))
      : []

  return {
    interpret: (server, era, message, principal, signal) => {
      const face = isFaceName(server) ? find(server) : undefined
      return face === undefined
        ? toOperation(server, era, message)
        : interpret(face, era, message, principal, signal)
    },
    isFace: isFaceName,
    locate: ({ era, resource: { server } }) => {
      if (isFaceName(server) && era === 'either') throw new ServerNotFound(`No server ${server}`)
      upstream(server)
    },
    upstream,
    decide: (principal, operation) => {
      for (const each of onEach(operation)) {
        const decision = policy.decide(principal, each)
        if (decision.effect === 'permit') return decision
      }
      return policy.decide(principal, operation)
    },
    permits: (principal, operation) =>
      onEach(operation).some((each) => policy.permits(principal, each)) ||
      policy.permits(principal, operation),
    changed: () => {
      for (const changes of listening) changes.changed()
    },
    close: () => {
      for (const changes of listening) changes.end()
    },
  }
}
