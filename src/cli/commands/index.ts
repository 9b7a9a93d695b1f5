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
