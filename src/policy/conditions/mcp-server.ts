import { nameCondition } from '../condition.ts'

/** The server's name in mcp_servers.yaml. Never holds for what is done to the gateway itself. */
export const mcpServer = nameCondition('server')
