import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import type { Told } from './ask-each.ts'
import { EVERYTHING, type Face } from './face.ts'

/** Capabilities whose members, at any depth, are those of all servers together. */
const MERGED = ['extensions', 'experimental', 'tasks'] as const

/** What several servers as one say of themselves (`initialize`, `server/discover`). */
export const helloOf = (face: Face, all: readonly Told[]): JsonObject => {
  const hellos = all.map(({ result, ...rest }) => ({
    ...rest,
    hello: objectOf(parseLossless(result)),
  }))
  return {
    capabilities: capabilitiesOf(hellos.map(({ hello }) => objectOf(hello.capabilities))),
    instructions: instructionsOf(face, hellos),
  }
}

/**
 * The three lists are always there, if empty: servers come and go while a client is connected, and it
 * is told when they do.
 */
const capabilitiesOf = (offered: readonly JsonObject[]): JsonObject => {
  const some = (name: string) => offered.some((each) => isObject(each[name]))
  const subscribe = offered.some(({ resources }) => objectOf(resources).subscribe === true)
  const merged = MERGED.filter(some).map(
    (name) => [name, offered.map((each) => objectOf(each[name])).reduce(union)] as const,
  )
  return {
    tools: { listChanged: true },
    resources: { listChanged: true, ...(subscribe && { subscribe }) },
    prompts: { listChanged: true },
    ...(some('completions') && { completions: {} }),
    ...(some('logging') && { logging: {} }),
    ...Object.fromEntries(merged),
  }
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})

/** Both objects in one; where they differ in what is no object, the first is kept. */
const union = (one: JsonObject, other: JsonObject): JsonObject => ({
  ...other,
  ...Object.fromEntries(
    Object.entries(one).map(([name, value]) => {
      const second = other[name]
      return [name, isObject(value) && isObject(second) ? union(value, second) : value]
    }),
  ),
})

type Hello = Readonly<{ server: string; problem: string | undefined; hello: JsonObject }>

const instructionsOf = (face: Face, all: readonly Hello[]): string => {
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
    ...up.flatMap(({ server, hello }) =>
      typeof hello.instructions === 'string' && hello.instructions !== ''
        ? [`# ${server}\n${hello.instructions}`]
        : [],
    ),
  ].join('\n\n')
}
