import { InvalidParams, ItemNotFound } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import type { Directory } from './directory.ts'
import { userContents } from './resources.ts'

type Prompt = Readonly<{
  name: string
  title: string
  description: string
  arguments: readonly Readonly<{
    name: string
    title: string
    description: string
    required: boolean
    /** What completes it, in the order in which it is offered. */
    values: (directory: Directory) => readonly string[]
  }>[]
  messages: (given: JsonObject, directory: Directory) => readonly JsonObject[]
}>

const TONES = ['cheerful', 'formal', 'short']

const userIds = (directory: Directory) => directory.all().map((person) => person.id)

const PROMPTS: readonly Prompt[] = [
  {
    name: 'tour',
    title: 'Tour of the demo',
    description: 'Asks the model to try the tools of this server, including one that is denied',
    arguments: [],
    messages: () => [
      said(
        'Look up user 3 with get_user, search the handbook for "policy" with search_docs, then try' +
          ' to delete user 3 with delete_user. Report what each call answered. If one was denied,' +
          ' say by which rule, and do not try it again.',
      ),
    ],
  },
  {
    name: 'welcome_email',
    title: 'Write a welcome email',
    description: 'Asks the model to write a welcome email to a user of the directory',
    arguments: [
      {
        name: 'id',
        title: 'User',
        description: 'The id of the user',
        required: true,
        values: userIds,
      },
      {
        name: 'tone',
        title: 'Tone',
        description: `One of ${TONES.join(', ')}`,
        required: false,
        values: () => TONES,
      },
    ],
    messages: ({ id, tone = 'cheerful' }, directory) => {
      const person = directory.find(String(id))
      if (person === undefined) throw new InvalidParams(`No user has the id ${JSON.stringify(id)}`)
      return [
        said(`Write a ${tone} welcome email to this person, then send it with send_email.`),
        { role: 'user', content: { type: 'resource', resource: userContents(person) } },
      ]
    },
  },
]

/** The prompts as `prompts/list` shows them. */
export const listPrompts = (): readonly JsonObject[] =>
  PROMPTS.map(({ messages: _, arguments: declared, ...shown }) => ({
    ...shown,
    arguments: declared.map(({ values: __, ...argument }) => argument),
  }))

/** @throws ItemNotFound, InvalidParams when an argument is missing or wrong */
export const getPrompt = (directory: Directory, params: JsonObject): JsonObject => {
  const prompt = promptNamed(params.name)
  const given = params.arguments ?? {}
  if (!isObject(given) || !Object.values(given).every((value) => typeof value === 'string')) {
    throw new InvalidParams('Arguments of a prompt must be strings')
  }
  const missing = prompt.arguments.find(
    ({ name, required }) => required && !Object.hasOwn(given, name),
  )
  if (missing !== undefined) throw new InvalidParams(`Missing argument: ${missing.name}`)
  return { description: prompt.description, messages: prompt.messages(given, directory) }
}

/** What an argument of a prompt may be. @throws ItemNotFound, InvalidParams */
export const promptCompletions = (
  directory: Directory,
  name: unknown,
  argument: string,
): readonly string[] => {
  const declared = promptNamed(name).arguments.find((entry) => entry.name === argument)
  if (declared === undefined) throw new InvalidParams(`Unknown argument: ${argument}`)
  return declared.values(directory)
}

const promptNamed = (name: unknown): Prompt => {
  if (typeof name !== 'string') throw new InvalidParams('A prompt needs a name of type string')
  const prompt = PROMPTS.find((entry) => entry.name === name)
  if (prompt === undefined) throw new ItemNotFound(`Unknown prompt: ${name}`)
  return prompt
}

const said = (text: string): JsonObject => ({ role: 'user', content: { type: 'text', text } })
