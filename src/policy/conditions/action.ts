import { nameCondition } from '../condition.ts'

/** What is done, such as `invoke_tool`; `list_*` is a glob. */
export const action = nameCondition('action')
