import { type Effect, nameCondition } from '../condition.ts'
import { userName } from '../principal-names.ts'

/**
 * The principal, by the keys that `user_roles` has too: `sub:`, `email:`, `user:`; a bare key with `@` is
 * a verified email, any other the username. A deny rule takes a bare key with `@` for a username as well.
 */
export const user = nameCondition('user', (entry: string, effect: Effect) => {
  const name = userName(entry)
  return effect === 'deny' && name === `email:${entry}` ? [name, `user:${entry}`] : [name]
})
