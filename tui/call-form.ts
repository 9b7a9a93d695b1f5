import { prepareCheck } from '../src/client/parameters/check.ts'
import { asReason, type Client, parameterHeaders } from '../src/client.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import { DECISION_META } from '../src/core/protocol.ts'
import type { Event } from './events.ts'
import type { Form, FormNews } from './form.ts'
import type { Running } from './running.ts'
import type { State, Want } from './state.ts'
import type { ListedTool, Told } from './tool.ts'

type Effects = Readonly<{
  reach: () => Promise<Client>
  caller: () => Promise<Client>
  dispatch: (event: Event) => void
  get: () => State
  running: Running
}>

/** What a server has, and what its program said last: each comes when it comes. */
export const askServer = async (server: string, effects: Effects): Promise<void> => {
  const { reach, caller, dispatch } = effects
  const tools = async () => listTools(await caller(), server)
  const log = async () => {
    const path = `/admin/servers/${encodeURIComponent(server)}/logs`
    const { lines } = await (await reach()).request('GET', path)
    return Array.isArray(lines) ? lines.map(String) : []
  }
  await Promise.all([
    told(tools()).then((value) => dispatch({ type: 'server', server, tools: value })),
    told(log()).then((value) => dispatch({ type: 'server', server, log: value })),
  ])
}

/** The tools of a server that the caller may use. @throws ClientFault */
export const listTools = async (caller: Client, server: string): Promise<readonly ListedTool[]> => {
  const { tools } = await caller.list('tools', server)
  return Array.isArray(tools) ? (tools as unknown[]).filter(isObject).map(toTool) : []
}

const told = async <T>(asked: Promise<T>): Promise<Told<T>> => {
  try {
    return { value: await asked }
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause) }
  }
}

const toTool = (listed: JsonObject): ListedTool => ({
  name: String(listed.name),
  description: typeof listed.description === 'string' ? listed.description : '',
  schema: isObject(listed.inputSchema) ? listed.inputSchema : {},
  annotations: isObject(listed.annotations) ? listed.annotations : {},
})

type FormWant = Extract<Want, { kind: 'form' }>

/** Checks what was typed as the command line does, then asks policy, or calls. */
export const performForm = async (wanted: FormWant, effects: Effects): Promise<void> => {
  const { turn, live } = wanted
  const news = (given: Omit<FormNews, 'turn'>) =>
    effects.dispatch({ type: 'form', news: { turn, ...given } })
  try {
    const check = await prepareCheck(wanted.tool.schema)
    const { problems, unchecked } = check(wanted.parameters)
    if (problems.length > 0) return news({ problems, unchecked, progress: { kind: 'editing' } })
    news({ problems, unchecked })
    news(await (live ? call(wanted, effects, news) : decide(wanted, effects)))
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause)
    news({ progress: { kind: 'failed', sentence } })
  }
}

type News = Omit<FormNews, 'turn'>

const decide = async (wanted: FormWant, { caller }: Effects): Promise<News> => {
  const { server, tool, parameters } = wanted
  const { allowed, decision } = await (await caller()).decide(server, tool.name, parameters)
  const reason = asReason(decision)
  const permitted = allowed === true
  const text = reason?.text ?? (permitted ? 'permitted' : 'refused')
  const lines = [text, ...(reason?.advice === undefined ? [] : [reason.advice])]
  return { progress: { kind: 'decided', permitted, lines } }
}

const call = (wanted: FormWant, effects: Effects, news: (given: News) => void): Promise<News> => {
  const since = effects.get().now
  const hear = (said: string) => {
    // Whoever calls it off wants to see that, and not how far it was.
    const { form } = effects.get().browse
    if (form?.progress.kind === 'calling') news({ progress: { kind: 'calling', since, said } })
  }
  return effects.running.during('form', async (signal) => {
    try {
      return { progress: toProgress(await askTool(wanted, effects, hear, signal)) }
    } catch (cause) {
      if (!signal.aborted) throw cause
      return { progress: { kind: 'cancelled', after: effects.get().now - since } }
    }
  })
}

const askTool = async (
  { server, tool, parameters }: FormWant,
  { caller }: Effects,
  hear: (said: string) => void,
  signal: AbortSignal,
): Promise<JsonObject> => {
  const client = await caller()
  signal.throwIfAborted()
  return client.ask(
    server,
    'tools/call',
    { name: tool.name, arguments: parameters },
    {
      signal,
      headers: parameterHeaders(tool.schema, parameters),
      onNotification: (method, params) => {
        const said = saidBy(method, params)
        if (said !== undefined) hear(said)
      },
    },
  )
}

const toProgress = (result: JsonObject): Form['progress'] => {
  const meta = isObject(result._meta) ? result._meta : {}
  const refused = result.isError === true ? asReason(meta[DECISION_META]) : undefined
  if (refused !== undefined) return { kind: 'decided', permitted: false, lines: [refused.text] }
  return { kind: 'done', tone: result.isError === true ? 'error' : 'permit', value: result }
}

/** `12/20 fetching` for progress, what a log message says for one. */
const saidBy = (method: string, params: JsonObject): string | undefined => {
  const { progress, total, message, data } = params
  if (method === 'notifications/message') return JSON.stringify(data)
  if (method !== 'notifications/progress' || typeof progress !== 'number') return undefined
  const part = typeof total === 'number' ? `${progress}/${total}` : String(progress)
  return typeof message === 'string' ? `${part} ${message}` : part
}
