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
import { createPatience } from './patience.ts'

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
  /** Who listens: the streams, and whose they are. */
  const listening = new Map<Changes, string>()
  const patience = createPatience({
    ...parts,
    onRecovery: (owner) => {
      for (const [changes, whose] of listening) if (whose === owner) changes.changed()
    },
  })
  const faces = new Map<string, Face>()
  const upstreams = new Map<string, Upstream>()
  const find = (name: string): Face | undefined => {
    const face = faces.get(name) ?? faceOf(name, parts.servers(), parts.groups())
    // Names that nobody gave to a group are not remembered: there is no end of them.
    if (face !== undefined) faces.set(name, face)
    return face
  }
  const faceNamed = (name: string): Face => {
    const face = find(name)
    if (face === undefined) throw new ServerNotFound(`No group called ${name.slice(7)} is here`)
    return face
  }

  const buildUpstream = (name: string): Upstream => {
    const conversationOn = (lines: Lines) =>
      createFaceConversation({
        parts,
        directory,
        lines,
        patience,
        face: () => faceNamed(name),
        watch: (changes, owner) => void listening.set(changes, owner),
        unwatch: (changes) => void listening.delete(changes),
      })
    // The modern era has no sessions: one conversation is everybody's.
    const modern = conversationOn(createModernLines(parts))
    const open = {
      modern: () => modern,
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

  const toUpstream = (name: string): Upstream => {
    faceNamed(name)
    const built = upstreams.get(name) ?? buildUpstream(name)
    upstreams.set(name, built)
    return built
  }
  const upstream = (name: string): Upstream =>
    isFaceName(name) ? toUpstream(name) : parts.upstream(name)
  const { policy } = parts
  const onEach = (operation: Operation): readonly Operation[] => {
    const { resource } = operation
    if (!isFaceName(resource.server)) return []
    const members = find(resource.server)?.members ?? []
    return members.map(({ server }) => ({ ...operation, resource: { ...resource, server } }))
  }

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
      faces.clear()
      upstreams.clear()
      for (const changes of listening.keys()) changes.changed()
    },
    close: () => {
      for (const changes of [...listening.keys()]) changes.end()
    },
  }
}
