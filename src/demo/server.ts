import type { EmbeddedServer } from '../core/conversation.ts'
import { openConnection } from './connection.ts'
import { createDirectory } from './directory.ts'
import type { World } from './tool.ts'

/**
 * The MCP server that is built in, so that there is something to call before anything is registered.
 * It speaks both eras, touches neither network nor disk, and answers the same calls the same way.
 */
export const createDemoServer = (
  surroundings: Pick<World, 'now' | 'random' | 'sleep'>,
): EmbeddedServer => {
  let attempts = 0
  const world: World = {
    ...surroundings,
    directory: createDirectory(),
    nextAttempt: () => ++attempts,
  }
  return { connect: (deliver) => openConnection(world, deliver) }
}
