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
    name: 'register-mcp',
    aliases: ['add'],
    summary: 'Adds a server to mcp_servers.yaml',
    load: async () => (await import('./register-mcp.ts')).registerMcp,
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
