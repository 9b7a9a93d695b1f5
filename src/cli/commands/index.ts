import type { Command } from '../command.ts'

/** A command as help and completion know it; what it needs is loaded when it runs. */
export type Entry = Readonly<{
  /** `invoke`, or `servers ls` for one of a group. */
  name: string
  aliases?: readonly string[]
  summary: string
  /** Not for people. */
  hidden?: true
  load: () => Promise<Command>
}>

/** Every command, in the order in which help lists them. */
export const ENTRIES: readonly Entry[] = [
  {
    name: 'serve',
    summary: 'Starts the gateway',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'tui',
    summary: 'Shows calls and decisions as they happen',
    load: async () => (await import('./tui.ts')).tui,
  },
  {
    name: 'demo',
    summary: 'Shows the gateway at work, with made-up callers and servers',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'register-mcp',
    aliases: ['add'],
    summary: 'Adds a server to mcp_servers.yaml',
    load: async () => (await import('./register-mcp.ts')).registerMcp,
  },
  {
    name: 'list-servers',
    aliases: ['ls', 'servers ls'],
    summary: 'Lists the servers that you may use',
    load: async () => (await import('./list-servers.ts')).listServers,
  },
  {
    name: 'list-tools',
    summary: 'Lists the tools of a server that you may use',
    load: async () => (await import('./listings.ts')).listTools,
  },
  {
    name: 'invoke',
    aliases: ['call'],
    summary: 'Calls one tool of a server',
    load: async () => (await import('./invoke.ts')).invoke,
  },
  {
    name: 'list-resources',
    summary: 'Lists the resources of a server that you may read',
    load: async () => (await import('./listings.ts')).listResources,
  },
  {
    name: 'read-resource',
    summary: 'Reads one resource of a server',
    load: async () => (await import('./read-resource.ts')).readResource,
  },
  {
    name: 'list-prompts',
    summary: 'Lists the prompts of a server that you may use',
    load: async () => (await import('./listings.ts')).listPrompts,
  },
  {
    name: 'get-prompt',
    summary: 'Shows one prompt of a server, filled in',
    load: async () => (await import('./get-prompt.ts')).getPrompt,
  },
  {
    name: 'tools ls',
    summary: 'Lists the tools of every server, or of one',
    load: async () => (await import('./tools-ls.ts')).toolsLs,
  },
  {
    name: 'tools show',
    summary: 'Shows one tool: what it does and what it takes',
    load: async () => (await import('./tools-show.ts')).toolsShow,
  },
  {
    name: 'bridge',
    summary: 'Connects a client that can only spawn a command with the gateway',
    load: async () => (await import('./bridge.ts')).bridge,
  },
  {
    name: 'status',
    summary: 'Shows how the gateway and its parts are doing',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'doctor',
    summary: 'Tells what is wrong here, and what to type',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'servers show',
    summary: 'Shows one entry of mcp_servers.yaml',
    load: async () => (await import('./servers-show.ts')).serversShow,
  },
  {
    name: 'servers enable',
    summary: 'Switches a server of mcp_servers.yaml on',
    load: async () => (await import('./servers-enable.ts')).serversEnable,
  },
  {
    name: 'servers disable',
    summary: 'Switches a server of mcp_servers.yaml off',
    load: async () => (await import('./servers-enable.ts')).serversDisable,
  },
  {
    name: 'servers rm',
    summary: 'Removes a server from mcp_servers.yaml',
    load: async () => (await import('./servers-rm.ts')).serversRm,
  },
  {
    name: 'servers test',
    summary: 'Asks a server through the gateway who it is and what it offers',
    load: async () => (await import('./servers-test.ts')).serversTest,
  },
  {
    name: 'servers logs',
    summary: 'Shows what a stdio server last wrote to standard error',
    load: async () => (await import('./servers-logs.ts')).serversLogs,
  },
  {
    name: 'audit tail',
    summary: 'Shows what happened last, and with -f what happens',
    load: async () => (await import('./audit-tail.ts')).auditTail,
  },
  {
    name: 'audit query',
    summary: 'Searches the record, or counts what it finds',
    load: async () => (await import('./audit-query.ts')).auditQuery,
  },
  {
    name: 'audit show',
    summary: 'Shows one event of the record, and why it was decided so',
    load: async () => (await import('./audit-show.ts')).auditShow,
  },
  {
    name: 'config show',
    summary: 'Shows every setting',
    load: async () => (await import('./config-show.ts')).configShow,
  },
  {
    name: 'config validate',
    summary: 'Checks settings, servers and policy as a start would',
    load: async () => (await import('./config-validate.ts')).configValidate,
  },
  {
    name: 'config schema',
    summary: 'Prints the JSON Schema of a configuration file, for editors',
    load: async () => (await import('./config-schema.ts')).configSchema,
  },
  {
    name: 'config path',
    summary: 'Prints where configuration is read from',
    load: async () => (await import('./config-path.ts')).configPath,
  },
  {
    name: 'completion',
    summary: 'Prints the script that completes command lines in bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    name: '__complete',
    summary: 'Prints what may stand at the end of a command line',
    hidden: true,
    load: async () => (await import('./complete.ts')).completeWords,
  },
  {
    name: 'version',
    summary: 'Prints the version',
    load: async () => (await import('./version.ts')).version,
  },
  {
    name: 'help',
    summary: 'Explains a command or a topic',
    load: async () => (await import('./help.ts')).help,
  },
]
