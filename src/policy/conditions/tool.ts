import { nameCondition } from '../condition.ts'

/**
 * The name of the item, whatever its kind: a tool, a prompt, a resource's URI. A list as a whole, and
 * what is done to a server as a whole, is concerned only by `*`; of lists, the items are taken away.
 */
export const tool = nameCondition('tool')
