/** One server of a group, and what of it the group shows: globs, where `*` is any run of characters. */
export type GroupMember = Readonly<{
  server: string
  tools: readonly string[]
  prompts: readonly string[]
  /** Of URIs, and of URI templates as they are written. */
  resources: readonly string[]
}>

/** A virtual server of mcp_servers.yaml: it narrows what policy permits, and never widens it. */
export type ServerGroup = Readonly<{
  name: string
  description: string | undefined
  members: readonly GroupMember[]
}>
