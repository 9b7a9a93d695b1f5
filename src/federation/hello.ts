import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { degraded, type Told } from './ask-each.ts'
import { EVERYTHING, type Face } from './face.ts'

/** Capabilities whose members are extensions by name: those of all servers together. */
const MAPS = ['extensions', 'experimental'] as const
/** What cannot be carried where several servers are one: a task's id says nothing of its server. */
const NOT_CARRIED: ReadonlySet<string> = new Set(['io.modelcontextprotocol/tasks'])

/** What several servers as one say of themselves (`initialize`, `server/discover`). */
export const helloOf = (face: Face, all: readonly Told[]): JsonObject => ({
  capabilities: capabilitiesOf(all),
  instructions: instructionsOf(face, all),
  ...(Object.keys(degraded(all)).length > 0 && { _meta: degraded(all) }),
})

/**
 * The three lists are always there, if empty: servers come and go while a client is connected, and it
 * is told when they do.
 */
const capabilitiesOf = (all: readonly Told[]): JsonObject => {
  const offered = all.map(({ result }) => objectOf(result.capabilities))
  const some = (name: string) => offered.some((each) => isObject(each[name]))
  const subscribe = offered.some(({ resources }) => objectOf(resources).subscribe === true)
  const maps = MAPS.map(
    (name) => [name, union(offered.map((each) => objectOf(each[name])))] as const,
  )
  return {
    tools: { listChanged: true },
    resources: { listChanged: true, ...(subscribe && { subscribe }) },
    prompts: { listChanged: true },
    ...(some('completions') && { completions: {} }),
    ...(some('logging') && { logging: {} }),
    ...Object.fromEntries(maps.filter(([, map]) => Object.keys(map).length > 0)),
  }
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})

const union = (maps: readonly JsonObject[]): JsonObject =>
  Object.fromEntries(
    maps.flatMap((map) => Object.entries(map)).filter(([name]) => !NOT_CARRIED.has(name)),
  )

const instructionsOf = (face: Face, all: readonly Told[]): string => {
  const up = all.filter(({ problem }) => problem === undefined)
  const down = all.filter(({ problem }) => problem !== undefined)
  const intro =
    face.name === EVERYTHING
      ? 'Several MCP servers behind one gateway.'
      : (face.description ?? 'A group of MCP servers behind one gateway.')
  return [
    `${intro} A tool or prompt is called {server}__{name}.`,
    ...(down.length > 0
      ? [
          `Not available now: ${down.map(({ server, problem }) => `${server} (${problem})`).join(', ')}.`,
        ]
      : []),
    ...up.flatMap(({ server, result }) =>
      typeof result.instructions === 'string' && result.instructions !== ''
        ? [`# ${server}\n${result.instructions}`]
        : [],
    ),
  ].join('\n\n')
}

/** A client's `initialize` as one of several servers gets it: without what cannot be carried. */
export const carriedCapabilities = (capabilities: unknown): JsonObject => {
  const { tasks: _tasks, ...rest } = objectOf(capabilities)
  return isObject(rest.extensions) ? { ...rest, extensions: union([rest.extensions]) } : rest
}
