import { type Static, Type as t } from '@sinclair/typebox'
import type { GroupMember, ServerGroup } from '../core/server-group.ts'
import { nearest } from '../lib/nearest.ts'
import { type Path, readEach, type YamlFault } from '../lib/yaml.ts'
import { caseTwins, serverNameProblem } from './server-name.ts'

const closed = { additionalProperties: false }
const globs = t.Array(t.String({ minLength: 1 }), {
  errorMessage: 'a list of names, in which * is any run of characters',
})

/** What of one server a group shows: what is not named is not shown. */
const Chosen = t.Object(
  { tools: t.Optional(globs), prompts: t.Optional(globs), resources: t.Optional(globs) },
  closed,
)
const Whole = t.Null({ errorMessage: 'nothing (the whole server)' })

/** `groups:` of mcp_servers.yaml: virtual servers at `/groups/{name}/mcp`. */
export const GroupsBlock = t.Record(
  t.String(),
  t.Object(
    {
      description: t.Optional(t.String()),
      servers: t.Union([t.Array(t.String()), t.Record(t.String(), t.Union([Chosen, Whole]))], {
        errorMessage:
          'a list of servers, or a mapping of servers to their tools, prompts and resources',
      }),
    },
    closed,
  ),
)
export type GroupsBlock = Static<typeof GroupsBlock>

/** The server inside the gateway, which a group may name though no file lists it. */
const EMBEDDED = 'demo'

/**
 * The groups of a servers file.
 *
 * @param servers the names that the file lists, enabled or not
 * @throws YamlFault for a server that is not there, and for a group that cannot show anything
 */
export const readGroups = (
  groups: GroupsBlock = {},
  servers: readonly string[],
  fault: (path: Path, sentence: string) => YamlFault,
): readonly ServerGroup[] => {
  const names = Object.keys(groups)
  readEach(names, (name) => {
    const problem = serverNameProblem(name)?.replace('a server name', 'a group name')
    if (problem !== undefined) throw fault(['groups', name], problem)
  })
  const twins = caseTwins(names)
  if (twins) throw fault(['groups', twins[0]], `differs from ${twins[1]} only in case`)
  return readEach(Object.entries(groups), ([name, group]) => ({
    name,
    description: group.description,
    members: membersOf(name, group.servers, [...servers, EMBEDDED], fault),
  }))
}

const EVERY = ['*'] as const

const membersOf = (
  group: string,
  given: GroupsBlock[string]['servers'],
  known: readonly string[],
  fault: (path: Path, sentence: string) => YamlFault,
): readonly GroupMember[] => {
  const isList = Array.isArray(given)
  const chosen: readonly (readonly [server: string, choice: Static<typeof Chosen> | null])[] =
    isList ? given.map((server) => [server, null] as const) : Object.entries(given)
  return readEach(chosen, ([server, choice], index) => {
    const path: Path = ['groups', group, 'servers', isList ? index : server]
    if (!known.includes(server)) throw fault(path, unknownServer(server, known))
    if (chosen.findIndex(([other]) => other === server) !== index) {
      throw fault(path, `${server} is named twice`)
    }
    if (choice === null) return { server, tools: EVERY, prompts: EVERY, resources: EVERY }
    const { tools = [], prompts = [], resources = [] } = choice
    if (tools.length + prompts.length + resources.length > 0) {
      return { server, tools, prompts, resources }
    }
    throw fault(path, 'shows nothing; name tools, prompts or resources, or nothing for all of it')
  })
}

const unknownServer = (server: string, known: readonly string[]): string => {
  const near = nearest(server, known)
  const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`
  return `no server called ${JSON.stringify(server)}; ${hint}`
}
