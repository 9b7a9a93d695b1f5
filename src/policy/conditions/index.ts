import type { ConditionKind } from '../condition.ts'
import { action } from './action.ts'
import { group } from './group.ts'
import { mcpServer } from './mcp-server.ts'
import { role } from './role.ts'
import { tool } from './tool.ts'
import { toolNamePattern } from './tool-name-pattern.ts'
import { user } from './user.ts'

/** The keys of a rule's `condition`. All that a rule has must hold. */
export const conditions = {
  user,
  role,
  group,
  action,
  mcp_server: mcpServer,
  tool,
  tool_name_pattern: toolNamePattern,
} as const satisfies Record<string, ConditionKind>

export type ConditionName = keyof typeof conditions
