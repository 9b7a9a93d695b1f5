import type { Principal } from '../core/principal.ts'
import type { Item } from './directory.ts'
import type { Face, Member } from './face.ts'
import { labelOf } from './names.ts'
import type { FederationParts } from './parts.ts'

/**
 * The id of a task where several servers are one. It leads back to its server, and is no right to the
 * task: that is the principal's whose call made it.
 */
export const federatedTask = (server: string, id: string): string => `${labelOf(server)}:${id}`

/** MCP 2025-11-25, tasks: where what belongs to a task says so. */
export const RELATED_TASK = ['_meta', 'io.modelcontextprotocol/related-task', 'taskId'] as const

/** Whether a face shows a task of one of its servers: it shows the tool that made it. */
export const showsTask = (
  { toolOf }: Pick<FederationParts, 'toolOf'>,
  { server, shows }: Member,
  principal: Principal,
  id: string,
): boolean => {
  const tool = toolOf(principal, server, id)
  return tool !== undefined && shows('tool', tool)
}

/** The task that a federated id stands for; undefined alike for what is not there and what is another's. */
export const findTask = (
  parts: Pick<FederationParts, 'toolOf'>,
  face: Face,
  principal: Principal,
  federated: string,
): Item | undefined => {
  const end = federated.indexOf(':')
  const id = federated.slice(end + 1)
  const member = face.members.find(({ label }) => label === federated.slice(0, end))
  return member !== undefined && showsTask(parts, member, principal, id)
    ? { server: member.server, name: id }
    : undefined
}
