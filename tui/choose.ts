import type { Snapshot } from '../src/core/snapshot.ts'
import type { ServerNews } from './browse.ts'
import type { State } from './state.ts'
import type { ListedTool } from './tool.ts'

export const withServerNews = (state: State, { server, tools, log }: ServerNews): State => ({
  ...state,
  browse: {
    ...state.browse,
    ...(tools && { tools: new Map([...state.browse.tools, [server, tools]]) }),
    ...(log && { logs: new Map([...state.browse.logs, [server, log]]) }),
  },
})

/** The server under the cursor, or whose page is open. */
export const chosenServer = ({
  snapshot,
  browse,
}: State): Snapshot['servers'][number] | undefined =>
  snapshot?.servers.find(({ name }) => name === browse.server) ?? snapshot?.servers[0]

/** Its tools, none while they are asked for. */
export const toolsHere = (state: State): readonly ListedTool[] => {
  const told = state.browse.tools.get(chosenServer(state)?.name ?? '')
  return told !== undefined && 'value' in told ? told.value : []
}

export const chosenTool = (state: State): ListedTool | undefined => {
  const tools = toolsHere(state)
  return tools.find(({ name }) => name === state.browse.tool) ?? tools[0]
}

/** One of those listed on People & sessions. */
export type Who = Readonly<{
  key: string
  /** What a filter says to find their calls. */
  filter: string
}>

/** People, then sessions, then clients without one, as they are listed. */
export const whoIsListed = ({ snapshot }: State): readonly Who[] =>
  snapshot === undefined
    ? []
    : [
        ...snapshot.people.map(({ user, issuer = '', subject = user }) => ({
          key: `${issuer}|${subject}`,
          filter: `user:=${JSON.stringify(user)}`,
        })),
        ...snapshot.sessions.list.map(({ id, user, subject, server }) => ({
          key: id,
          filter: `user:=${JSON.stringify(user ?? subject)} server:=${JSON.stringify(server)}`,
        })),
        ...(snapshot.clients ?? []).map((client) => ({
          key: clientKey(client),
          filter: `user:=${JSON.stringify(client.user)}`,
        })),
      ]

/** What tells one client without a session from the next. */
export const clientKey = ({
  issuer,
  subject,
  client = '',
}: NonNullable<Snapshot['clients']>[number]): string => `${issuer}|${subject}|${client}`

export const chosenWho = (state: State): Who | undefined => {
  const listed = whoIsListed(state)
  return listed.find(({ key }) => key === state.browse.who) ?? listed[0]
}

/** Moves the cursor of the list that is shown; undefined where a text is shown, which moves by itself. */
export const browseStep = (state: State, by: number): State | undefined => {
  const { browse, screen, help } = state
  if (help !== undefined) return undefined
  if (screen === 'people') {
    const names = whoIsListed(state).map(({ key }) => key)
    return { ...state, browse: { ...browse, who: moved(names, chosenWho(state)?.key, by) } }
  }
  if (screen !== 'servers') return undefined
  if (browse.page === 'list') {
    const names = state.snapshot?.servers.map(({ name }) => name) ?? []
    return { ...state, browse: { ...browse, server: moved(names, chosenServer(state)?.name, by) } }
  }
  if (browse.page !== 'server') return undefined
  const names = toolsHere(state).map(({ name }) => name)
  return { ...state, browse: { ...browse, tool: moved(names, chosenTool(state)?.name, by) } }
}

const moved = (names: readonly string[], from: string | undefined, by: number) => {
  const at = Math.max(0, names.indexOf(from ?? ''))
  return names[Math.min(names.length - 1, Math.max(0, at + by))]
}
