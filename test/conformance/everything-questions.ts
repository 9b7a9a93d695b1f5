import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequest,
  type InputRequests,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { type Json, said, type Tool, type Tools, takes } from './everything-tool.ts'

const form = (message: string, name: string, type = 'string') =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [name]: { type } as { type: 'string' } },
      required: [name],
    },
  })
const sample = (text: string): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text } }],
    maxTokens: 100,
  })

const ELICIT = () => form('What is your name?', 'name')
const GREETING = () => sample('Generate a greeting')
const ROOTS = () => inputRequired.listRoots()
const CONFIRM = () => form('Please confirm', 'ok', 'boolean')

const accepted = ({ mcpReq }: ServerContext, key: string, member: string): unknown =>
  acceptedContent<Json>(mcpReq.inputResponses, key)?.[member]
const response = ({ mcpReq }: ServerContext, key: string): Json | undefined =>
  mcpReq.inputResponses?.[key] as Json | undefined
const sampledText = (answer: Json | undefined): unknown =>
  (answer?.content as Json | undefined)?.text

/** Asks until `read` finds what it needs in the client's responses, then says it. */
const asking = (
  description: string,
  ask: () => InputRequests,
  read: (context: ServerContext) => string | undefined,
): Tool => ({
  description,
  run: (_given, context) => {
    const text = read(context)
    return text === undefined ? inputRequired({ inputRequests: ask() }) : said(text)
  },
})

const STEPS = [
  () => ({ step1: form('Step 1: What is your name?', 'name') }),
  () => ({ step2: form('Step 2: What is your favorite color?', 'color') }),
]

/** The tools of 2026-07-28 that answer with `input_required` first (SEP-2322). */
export const INPUT_TOOLS: Tools = {
  test_missing_capability: asking(
    'Needs a client that can sample',
    () => ({ llm_answer: sample('Reply with the single word: pong') }),
    (context) => (response(context, 'llm_answer') ? 'Sampled.' : undefined),
  ),
  test_input_required_result_elicitation: asking(
    'Asks for a name',
    () => ({ user_name: ELICIT() }),
    (context) => {
      const name = accepted(context, 'user_name', 'name')
      return typeof name === 'string' ? `Hello, ${name}!` : undefined
    },
  ),
  test_input_required_result_sampling: asking(
    'Asks a model',
    () => ({ capital_question: sample('What is the capital of France?') }),
    (context) => {
      const answer = response(context, 'capital_question')
      return answer && `Sampling response: ${sampledText(answer)}`
    },
  ),
  test_input_required_result_list_roots: asking(
    'Asks for the roots',
    () => ({ client_roots: ROOTS() }),
    (context) => {
      const roots = response(context, 'client_roots')?.roots
      return Array.isArray(roots)
        ? `${roots.length} roots: ${roots.map(({ uri }) => uri).join(', ')}`
        : undefined
    },
  ),
  test_input_required_result_request_state: {
    description: 'Gives the client a sealed state to bring back',
    run: async (_given, context, world) => {
      if (accepted(context, 'confirm', 'ok') === undefined) {
        const requestState = await world.mint({ nonce: crypto.randomUUID() })
        return inputRequired({ inputRequests: { confirm: CONFIRM() }, requestState })
      }
      if (context.mcpReq.requestState() === undefined) throw new Error('The state is missing')
      return said('state-ok')
    },
  },
  test_input_required_result_multiple_inputs: {
    description: 'Asks three things at once',
    run: async (_given, context, world) => {
      const name = accepted(context, 'user_name', 'name')
      const greeting = sampledText(response(context, 'greeting'))
      const roots = response(context, 'client_roots')?.roots
      if (typeof name === 'string' && typeof greeting === 'string' && Array.isArray(roots)) {
        return said(`${greeting} ${name}, ${roots.length} roots`)
      }
      return inputRequired({
        inputRequests: { user_name: ELICIT(), greeting: GREETING(), client_roots: ROOTS() },
        requestState: await world.mint({ nonce: crypto.randomUUID() }),
      })
    },
  },
  test_input_required_result_multi_round: {
    description: 'Asks twice, and remembers in the state',
    run: async (_given, context, world) => {
      const state = context.mcpReq.requestState<Json>()
      const round = Number(state?.round ?? 0)
      const name = state?.name ?? accepted(context, 'step1', 'name')
      const ask = STEPS[round]
      if (ask === undefined) return said(`${name} likes ${accepted(context, 'step2', 'color')}`)
      const next = { round: round + 1, ...(name !== undefined && { name }) }
      return inputRequired({ inputRequests: ask(), requestState: await world.mint(next) })
    },
  },
  test_input_required_result_tampered_state: {
    description: 'Refuses a state that it did not seal',
    run: async (_given, context, world) => {
      const brought = context.mcpReq.requestState() !== undefined
      if (brought && accepted(context, 'confirm', 'ok') !== undefined) return said('integrity-ok')
      const requestState = await world.mint({ nonce: crypto.randomUUID() })
      return inputRequired({ inputRequests: { confirm: CONFIRM() }, requestState })
    },
  },
  test_input_required_result_capabilities: {
    description: 'Asks only what the client said it can answer',
    run: (_given, { mcpReq }) => {
      if (mcpReq.inputResponses !== undefined) return said('Answered.')
      const envelope = mcpReq.envelope as Json | undefined
      const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as Json | undefined
      const inputRequests: InputRequests = {
        ...(declared?.elicitation !== undefined && { user_name: ELICIT() }),
        ...(declared?.sampling !== undefined && { greeting: GREETING() }),
        ...(declared?.roots !== undefined && { client_roots: ROOTS() }),
      }
      if (Object.keys(inputRequests).length === 0) return said('Nothing can be asked.')
      return inputRequired({ inputRequests })
    },
  },
}

const OPTIONS = ['option1', 'option2', 'option3']
const titled = (...titles: readonly string[]) =>
  titles.map((title, index) => ({ const: `value${index + 1}`, title }))

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
}
const ENUMS = {
  untitledSingle: { type: 'string', enum: OPTIONS },
  titledSingle: { type: 'string', oneOf: titled('First Option', 'Second Option', 'Third Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { type: 'string', enum: OPTIONS },
  },
  titledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { anyOf: titled('First Choice', 'Second Choice', 'Third Choice') },
  },
}

/** Asks the client of a legacy session while the call runs; says how it went wherever that cannot be. */
const push = async (context: ServerContext, method: string, params: Json): Promise<Json> =>
  (await context.mcpReq.send({ method, params } as never)) as Json

const pushedForm = (description: string, properties: Json): Tool => ({
  description,
  run: async (_given, context) => {
    const params = { message: description, requestedSchema: takes(properties) }
    const { action, content = {} } = await push(context, 'elicitation/create', params)
    return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
  },
})

/** The tools of the legacy era, where a server sends requests of its own. */
export const PUSH_TOOLS: Tools = {
  test_sampling: {
    description: 'Asks the model of the client',
    schema: takes({ prompt: { type: 'string' } }, ['prompt']),
    run: async ({ prompt }, context) => {
      const answer = await push(context, 'sampling/createMessage', {
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      })
      return said(`LLM response: ${sampledText(answer)}`)
    },
  },
  test_elicitation: {
    description: 'Asks the person in front of the client',
    schema: takes({ message: { type: 'string' } }, ['message']),
    run: async ({ message }, context) => {
      const requestedSchema = takes({ response: { type: 'string' } }, ['response'])
      const params = { message, requestedSchema }
      const { action, content = {} } = await push(context, 'elicitation/create', params)
      return said(`User response: action=${action}, content=${JSON.stringify(content)}`)
    },
  },
  test_elicitation_sep1034_defaults: pushedForm('A form with defaults', DEFAULTS),
  test_elicitation_sep1330_enums: pushedForm('A form with every kind of choice', ENUMS),
}
