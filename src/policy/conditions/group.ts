import { nameCondition } from '../condition.ts'
import { groupName } from '../principal-names.ts'

/**
 * A group of the token, exactly as written but for one leading slash, which may be there or not on
 * either side: `/admins` and `admins` are the same group, `/a/admins` is another.
 */
export const group = nameCondition('group', (entry) => [groupName(entry)])
