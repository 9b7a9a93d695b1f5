import { asReason, type Client, parameterHeaders, parseLossless } from '../src/client.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import { listTools } from './call-form.ts'
import { draftText, readDraft } from './draft.ts'
import type { Event } from './events.ts'
import { markedPlaces, markedSentence } from './marks.ts'
import type { Running } from './running.ts'
import type { Replayed, Want } from './state.ts'
import type { ListedTool } from './tool.ts'
import { type Asking, askWhole, type WholeCall } from './whole.ts'

type Effects = Asking &
  Readonly<{
    caller: () => Promise<Client>
    dispatch: (event: Event) => void
    running: Running
    /** A text after somebody was at it in an editor; undefined when they gave up. @throws Error */
    editText: (text: string, line: number) => Promise<string | undefined>
  }>

/** A call of a tool that can be made again. */
type Call = Readonly<{ server: string; tool: string; parameters: JsonObject }>

type ReplayWant = Extract<Want, { kind: 'replay' }>

/** Asks policy what it says to the call now, or makes it. @throws Error with a sentence */
export const callAgain = async (wanted: ReplayWant, effects: Effects): Promise<void> => {
  try {
    const { marks, ...call } = await callOf(wanted.seq, effects)
    const { parameters: edited } = wanted
    if (edited === undefined && marks.length > 0) {
      return tell(wanted.seq, markedSentence(marks), effects)
    }
    const asked = edited === undefined ? call : { ...call, parameters: edited }
    const replayed = await (wanted.live ? makeCall(asked, effects) : askPolicy(asked, effects))
    effects.dispatch({
      type: 'replayed',
      replayed: { ...replayed, seq: wanted.seq, ...(edited && { parameters: edited }) },
    })
  } finally {
    effects.dispatch({ type: 'replay over' })
  }
}

/** What keeps a call from being made, over the call that it is about. */
const tell = (seq: number, text: string, { dispatch }: Effects): void =>
  dispatch({ type: 'replayed', replayed: { seq, live: false, tone: 'warn', lines: [text] } })

type Told = Omit<Replayed, 'seq'>

const askPolicy = async (call: Call, { caller }: Effects): Promise<Told> => {
  const { allowed, decision } = await (await caller()).decide(
    call.server,
    call.tool,
    call.parameters,
  )
  const permitted = allowed === true
  const text =
    asReason(decision)?.text ?? (permitted ? 'it would be permitted' : 'it would be refused')
  return { live: false, tone: permitted ? 'permit' : 'deny', lines: [text] }
}

const makeCall = ({ server, tool, parameters }: Call, effects: Effects): Promise<Told> =>
  effects.running.during('replay', async (signal) => {
    try {
      const client = await effects.caller()
      const listed = (await toolsOf(server, client, effects)).find(({ name }) => name === tool)
      signal.throwIfAborted()
      const result = await client.ask(
        server,
        'tools/call',
        { name: tool, arguments: parameters },
        { signal, headers: parameterHeaders(listed?.schema ?? {}, parameters) },
      )
      const tone = result.isError === true ? 'error' : 'permit'
      return { live: true, tone, lines: [], value: result }
    } catch (cause) {
      if (!signal.aborted) throw cause
      return { live: true, tone: 'warn', lines: [CANCELLED] }
    }
  })

/** A call takes headers from its tool's schema; each server is asked once. */
const toolsOf = async (
  server: string,
  client: Client,
  { get, dispatch }: Effects,
): Promise<readonly ListedTool[]> => {
  const known = get().browse.tools.get(server)
  if (known !== undefined && 'value' in known) return known.value
  const value = await listTools(client, server)
  dispatch({ type: 'server', server, tools: { value } })
  return value
}

const CANCELLED = 'cancelled: the server was told, and the record says so'

type EditWant = Extract<Want, { kind: 'edit parameters' }>

/** Parameters of a call, changed in an editor; then policy is asked about them. */
export const editParameters = async ({ seq, text }: EditWant, effects: Effects): Promise<void> => {
  const { server, tool, parameters, marks } = await callOf(seq, effects)
  const draft = draftText({ server, tool, parameters, marks, before: text })
  const edited = await effects.editText(draft.text, draft.line)
  if (edited === undefined) throw new Error('the editor gave up; nothing was sent')
  const read = readDraft(edited)
  if (read.kind === 'nothing') throw new Error('no parameters were left; nothing was sent')
  const left = read.kind === 'fault' ? { seq, text: edited } : undefined
  effects.dispatch({ type: 'drafted', draft: left })
  if (read.kind === 'fault') {
    return tell(seq, `nothing was sent: ${read.sentence}; E goes on with it`, effects)
  }
  await callAgain({ kind: 'replay', seq, live: false, parameters: read.parameters }, effects)
}

/**
 * The call of a row with the parameters that are best known, and where marks stand in them.
 *
 * @throws Error with a sentence when it is no longer at hand; ClientFault
 */
const callOf = async (
  seq: number,
  asking: Asking,
): Promise<Call & Readonly<{ marks: readonly string[] }>> => {
  const { rows, whole, bodies } = asking.get()
  const row = rows.find((each) => each.seq === seq)
  const { mcp_server: server, tool_name: tool } = row?.event ?? {}
  if (row === undefined || server === undefined || tool === undefined) {
    throw new Error('this call is no longer at hand')
  }
  const event = whole.get(seq) ?? (row.slim ? undefined : row.event)
  const known = event && bestOf({ event, bodies: bodies.get(seq) })
  const { value, marks } =
    known?.marks.length === 0 ? known : bestOf(await askWhole(row.event, asking))
  return { server, tool, parameters: isObject(value) ? value : {}, marks }
}

/** As they crossed, or as recorded: in memory less is left out. */
const bestOf = ({ event, bodies }: WholeCall) => {
  const said = [argumentsIn(bodies?.request?.text), event.parameters ?? {}]
    .filter((value) => value !== undefined)
    .map((value) => ({ value, marks: markedPlaces(value) }))
    .toSorted((left, right) => left.marks.length - right.marks.length)
  return said[0] ?? { value: {}, marks: [] }
}

const argumentsIn = (text: string | undefined): JsonObject | undefined => {
  if (text === undefined) return undefined
  try {
    const message = parseLossless(text)
    const params = isObject(message) ? message.params : undefined
    return isObject(params) && isObject(params.arguments) ? params.arguments : undefined
  } catch {
    return undefined
  }
}
