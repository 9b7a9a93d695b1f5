import { prepareCheck } from '../../client/parameters/check.ts'
import { signatureOf } from '../../client/parameters/schema.ts'
import type { Client } from '../../client.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import { joinWords } from '../../lib/shell-words.ts'
import { canAsk } from '../ask.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { connect } from '../connection.ts'
import { attachments } from '../content.ts'
import type { ExitName } from '../exit-codes.ts'
import { CliFault } from '../failure.ts'
import { callTool, type Invoked } from '../invocation.ts'
import { askParameters, askServer, askTool, isSecretName } from '../invoke-form.ts'
import { readParameters } from '../parameters/read.ts'
import type { ProgressMode } from '../progress.ts'
import { errorText, resultText } from '../result-text.ts'
import { elapsedText, prettyJson } from '../text.ts'
import { assertAllowed, findTool, listTools, type Tool } from '../tools.ts'

const FLAGS = {
  params: {
    value: 'JSON',
    short: 'p',
    help: 'a JSON object; - reads standard input, @FILE a file',
  },
  'params-file': { value: 'FILE', help: 'a file with a JSON object; - reads standard input' },
  'dry-run': { help: 'what policy says to this call; nothing is sent to the server' },
  explain: { help: 'say why the call is permitted' },
  'ignore-tool-error': { help: 'exit 0 also when the tool says that it failed' },
  'save-dir': { value: 'DIR', help: 'save images, audio and other bytes of the result here' },
  raw: { help: 'the whole result as the server gave it, as JSON' },
  progress: {
    value: 'MODE',
    choices: ['auto', 'none', 'json'],
    help: 'auto, none or json: on standard error',
  },
} as const satisfies Flags

type InvokeCall = Call<typeof FLAGS>

/** A call that is ready to be made. */
type Prepared = Readonly<{ client: Client; server: string; tool: Tool; parameters: JsonObject }>

export const invoke = defineCommand({
  name: 'invoke',
  summary: 'Calls one tool of a server',
  positionals: [
    { name: 'SERVER', help: 'as list-servers shows it', optional: true, completes: 'server' },
    { name: 'TOOL', help: 'as list-tools shows it', optional: true, completes: 'tool' },
    {
      name: 'PARAMETER',
      help: 'key=value, key:=json, key=@file: datacline help parameters',
      optional: true,
      many: true,
      completes: 'parameter',
    },
  ],
  flags: FLAGS,
  examples: [
    'datacline invoke demo add a=2 b=40',
    `datacline invoke demo add --params '{"a": 2, "b": 40}' --json`,
    'datacline invoke demo send_email to=ada@example.com subject=Hi body=@letter.txt',
    'datacline invoke demo delete_user id=7 --dry-run',
  ],
  exits: [
    'tool_error',
    'policy_denied',
    'auth',
    'upstream_unreachable',
    'gateway_unreachable',
    'not_found',
    'rate_limited',
    'interrupted',
  ],
  run: async (call) => {
    if (call.flags['dry-run']) return dryRun(call)
    const prepared = await prepare(call)
    const decision = call.flags.explain ? await decide(prepared) : undefined
    const invoked = await callTool({ ...prepared, around: call.around, progress: modeOf(call) })
    return finish(call, prepared, invoked, decision)
  },
})

const modeOf = ({ flags, output }: InvokeCall): ProgressMode => {
  if (flags.progress === 'json') return 'json'
  return flags.progress === 'none' || flags.quiet || !output.forPeople ? 'none' : 'auto'
}

/** Everything up to the call: asked for where people are, checked before anything is sent. */
const prepare = async (call: InvokeCall): Promise<Prepared> => {
  const { flags, around, output, positionals } = call
  const [givenServer, givenTool, ...words] = positionals
  const asks = canAsk(around, flags)
  if (givenTool === undefined && !asks) {
    throw new CliFault('usage', `missing ${givenServer === undefined ? 'SERVER and ' : ''}TOOL`)
  }
  // People take their time: the deadline begins anew after each question.
  const server = givenServer ?? (await askServer(call, await connect(call)))
  const client = await connect(call)
  const tools = await listTools(client, server)
  const name = givenTool ?? (await askTool(call, server, tools))
  const tool = await findTool(client, server, tools, name)
  const sources = { params: flags.params, paramsFile: flags['params-file'], words }
  const given = await readParameters(sources, tool.inputSchema, call, output)
  const parameters = asks ? await askParameters(call, tool.inputSchema, given) : given
  await assertValid(call, server, tool, parameters)
  if (parameters === given && givenTool !== undefined) return { client, server, tool, parameters }
  output.note(`the same without questions: ${commandLine(server, tool, parameters)}`)
  return { client: await connect(call), server, tool, parameters }
}

const commandLine = (server: string, tool: Tool, parameters: JsonObject): string => {
  const words = Object.entries(parameters).map(([key, value]) => {
    const name = key.replace(/[=:.[\]\\]/g, '\\$&')
    if (isSecretName(key)) return `${name}=…`
    return typeof value === 'string' ? `${name}==${value}` : `${name}:=${JSON.stringify(value)}`
  })
  return joinWords(['datacline', 'invoke', server, tool.name, ...words])
}

/** @throws CliFault `usage` with every problem there is */
const assertValid = async (
  { output }: InvokeCall,
  server: string,
  { name, inputSchema }: Tool,
  parameters: JsonObject,
): Promise<void> => {
  const { problems, unchecked } = (await prepareCheck(inputSchema))(parameters)
  if (unchecked !== undefined) {
    output.note(`the schema of ${name} could not be checked here: ${unchecked}`)
  }
  if (problems.length === 0) return
  const lines = problems.map(({ path, sentence }) => `  ${path === '' ? name : path}: ${sentence}`)
  const message = `these parameters are not right for ${name}\n${lines.join('\n')}`
  throw new CliFault('usage', message, {
    why: `it is ${signatureOf(name, inputSchema)}`,
    hint: `datacline tools show ${joinWords([server, name])}`,
    extra: { problems },
  })
}

/** @throws CliFault `policy_denied` */
const decide = ({ client, server, tool, parameters }: Prepared): Promise<unknown> =>
  assertAllowed(client, server, tool.name, parameters)

/** A denial is an answer like any other here, and still exit 3. */
const dryRun = async (call: InvokeCall): Promise<ExitName> => {
  const { output } = call
  let parameters: JsonObject | null = null
  const body = (allowed: boolean, decision: unknown) => ({
    dry_run: true,
    allowed,
    decision,
    params: parameters,
  })
  try {
    const prepared = await prepare(call)
    parameters = prepared.parameters
    const decision = await decide(prepared)
    const text = `${printable(reasonText(decision))}\n${prettyJson(parameters)}\n`
    output.result(body(true, decision), () => text)
    return 'ok'
  } catch (cause) {
    const denied = cause instanceof CliFault && cause.exit === 'policy_denied'
    if (denied && !output.forPeople) output.result(body(false, cause.extra.decision), () => '')
    throw cause
  }
}

const reasonText = (decision: unknown): string =>
  isObject(decision) && typeof decision.text === 'string' ? decision.text : 'allowed'

const finish = async (
  call: InvokeCall,
  prepared: Prepared,
  invoked: Invoked,
  decision: unknown,
): Promise<ExitName> => {
  const { result, milliseconds, exchange } = invoked
  const { flags, output } = call
  const { tool } = prepared
  const failed = result.isError === true && !flags['ignore-tool-error']
  const attached = attachments(call, flags['save-dir'], tool.name)
  const text = failed ? '' : await resultText(result, attached)
  if (flags.raw) output.result(result, () => `${output.json(result)}\n`)
  else output.result(bodyOf(prepared, invoked, decision), () => text)
  if (failed) {
    const extra = exchange === undefined ? {} : { audit_id: exchange }
    throw new CliFault('tool_error', errorText(result), { extra })
  }
  const why = decision === undefined ? '' : `  ${reasonText(decision)}`
  const mark = result.isError === true ? '!' : '✓'
  const summary = `${mark} ${tool.name}  ${elapsedText(milliseconds)}${why}`
  if (output.forPeople) output.note(summary, 'dim')
  return 'ok'
}

/**
 * The body of `POST /mcp/invoke`, what `datacline audit show` takes, and why it was permitted when that
 * was asked.
 */
const bodyOf = (
  { server, tool }: Prepared,
  { result, milliseconds, exchange }: Invoked,
  decision: unknown,
): JsonObject => ({
  success: result.isError !== true,
  tool_name: tool.name,
  mcp_server: server,
  result: result.structuredContent ?? { content: result.content },
  error: result.isError === true ? errorText(result) : null,
  execution_time_ms: milliseconds,
  ...(exchange !== undefined && { audit_id: exchange }),
  ...(decision !== undefined && { decision }),
})
