import { type Check, prepareCheck } from '../client/parameters/check.ts'
import {
  choicesOf,
  propertyOf,
  requiredNames,
  typeLabel,
  typesOf,
} from '../client/parameters/schema.ts'
import { typedValue } from '../client/parameters/typed.ts'
import type { Client } from '../client.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { type Asking, confirm, input, password, select } from './ask.ts'
import { CliFault } from './failure.ts'
import { firstLine } from './text.ts'
import { entriesOf, type Tool } from './tools.ts'

/** Asks which server. @throws CliFault, ClientFault */
export const askServer = async (asking: Asking, client: Client): Promise<string> => {
  const servers = entriesOf(await client.servers(), 'servers')
  if (servers.length === 0) {
    throw new CliFault('not_found', 'there is no server that you may use')
  }
  return select(asking, {
    message: 'Server',
    instead: 'SERVER',
    choices: servers.map(({ name, description }) => ({
      name: String(name),
      value: String(name),
      description: firstLine(description),
    })),
  })
}

/** Asks which tool. @throws CliFault */
export const askTool = async (
  asking: Asking,
  server: string,
  tools: readonly Tool[],
): Promise<string> => {
  if (tools.length === 0) {
    throw new CliFault('not_found', `${server} has no tool that you may use`)
  }
  return select(asking, {
    message: 'Tool',
    instead: 'TOOL',
    choices: tools.map(({ name, listed }) => ({
      name,
      value: name,
      description: firstLine(listed.description),
    })),
  })
}

/** Asks for each required parameter that is not there yet. @throws CliFault */
export const askParameters = async (
  asking: Asking,
  schema: JsonObject,
  given: JsonObject,
): Promise<JsonObject> => {
  const check = await prepareCheck(schema)
  let parameters = given
  for (const name of requiredNames(schema, schema)) {
    if (Object.hasOwn(parameters, name)) continue
    parameters = { ...parameters, [name]: await askParameter(asking, schema, name, check) }
  }
  return parameters
}

/** Shown neither while typed nor in the command line that would do the same. */
export const isSecretName = (name: string): boolean =>
  /pass(word|phrase)|secret|token|api[-_]?key|credential/i.test(name)

const askParameter = async (asking: Asking, root: JsonObject, name: string, check: Check) => {
  const schema = propertyOf(root, root, name)
  const description = isObject(schema) ? firstLine(schema.description) : ''
  const said = description === '' ? '' : `: ${description}`
  const question = { message: `${name} (${typeLabel(root, schema)})${said}`, instead: `${name}=…` }
  const choices = choicesOf(root, schema)
  if (choices !== undefined) {
    const shown = choices.map((value) => ({ name: String(value), value }))
    return select(asking, { ...question, message: `${name}${said}`, choices: shown })
  }
  if (typesOf(root, schema)[0] === 'boolean') return confirm(asking, question)
  const validate = (text: string) => {
    const { problems } = check({ [name]: typedValue(root, schema, text) })
    const mine = problems.find(
      ({ path }) => path.startsWith(name) && /^$|^[.[]/.test(path.slice(name.length)),
    )
    return mine?.sentence ?? true
  }
  const ask = isSecretName(name) ? password : input
  return typedValue(root, schema, await ask(asking, { ...question, validate }))
}
