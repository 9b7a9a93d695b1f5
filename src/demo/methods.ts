import { InvalidParams, ItemNotFound } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import { complete } from './completion.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { listResources, RESOURCE_TEMPLATES, readResource } from './resources.ts'
import type { Call } from './tool.ts'
import { TOOLS } from './tools/index.ts'

export type Method = (params: JsonObject, call: Call) => JsonObject | Promise<JsonObject>
export type Methods = Readonly<Record<string, Method>>

export const SERVER_INFO = {
  name: 'datacline-demo',
  title: 'datacline demo',
  version: '1.0.0',
} as const

export const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { listChanged: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
} as const

export const INSTRUCTIONS =
  'A made-up company to try the gateway with: look people up, search the handbook, pretend to send' +
  ' email. A denied call is not an error of yours: read its reason and do not repeat it.'

/** What both eras have, in the same shape but for what each era adds around it. */
export const SHARED_METHODS: Methods = {
  'tools/list': (params) => {
    refuseCursor(params)
    return { tools: TOOLS.map((tool) => tool.definition) }
  },
  'tools/call': (params, call) => {
    const { name } = params
    if (typeof name !== 'string') throw new InvalidParams('tools/call needs a name of type string')
    const tool = TOOLS.find((entry) => entry.name === name)
    if (tool === undefined) throw new ItemNotFound(`Unknown tool: ${name}`)
    return tool.call(params.arguments, call)
  },
  'resources/list': (params, { world }) => {
    refuseCursor(params)
    return { resources: listResources(world.directory) }
  },
  'resources/templates/list': (params) => {
    refuseCursor(params)
    return { resourceTemplates: RESOURCE_TEMPLATES }
  },
  'resources/read': (params, { world }) => readResource(world.directory, params.uri),
  'prompts/list': (params) => {
    refuseCursor(params)
    return { prompts: listPrompts() }
  },
  'prompts/get': (params, { world }) => getPrompt(world.directory, params),
  'completion/complete': (params, { world }) => complete(world.directory, params),
}

/** Lists are short enough for one page, so no cursor was ever given out. */
const refuseCursor = ({ cursor }: JsonObject) => {
  if (cursor !== undefined) throw new InvalidParams('Invalid cursor')
}
