import { InvalidParams, ItemNotFound } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { Directory, Person } from './directory.ts'
import { PAGES } from './documents.ts'

const USERS = 'demo://users/'

export const RESOURCE_TEMPLATES: readonly JsonObject[] = [
  {
    uriTemplate: `${USERS}{id}`,
    name: 'user',
    title: 'A user of the directory',
    description: 'One person of the made-up directory, as JSON',
    mimeType: 'application/json',
  },
]

/** The pages of the handbook, then the people who are still in the directory. */
export const listResources = (directory: Directory): readonly JsonObject[] => [
  ...PAGES.map(({ uri, name, title, text }) => ({
    uri,
    name,
    title,
    mimeType: 'text/markdown',
    size: new TextEncoder().encode(text).length,
  })),
  ...directory.all().map((person) => ({
    uri: `${USERS}${person.id}`,
    name: `user-${person.id}`,
    title: person.name,
    mimeType: 'application/json',
  })),
]

/**
 * The contents of one resource.
 *
 * @throws InvalidParams without a URI, ItemNotFound with the URI in its `data`
 */
export const readResource = (directory: Directory, uri: unknown): JsonObject => {
  if (typeof uri !== 'string') throw new InvalidParams('resources/read needs a uri of type string')
  const page = PAGES.find((entry) => entry.uri === uri)
  if (page !== undefined) {
    return { contents: [{ uri, mimeType: 'text/markdown', text: page.text }] }
  }
  const person = uri.startsWith(USERS) ? directory.find(uri.slice(USERS.length)) : undefined
  if (person === undefined) throw new ItemNotFound(`Resource not found: ${uri}`, { data: { uri } })
  return { contents: [userContents(person)] }
}

/** A person as resource contents, alone or embedded in a prompt. */
export const userContents = (person: Person): JsonObject => ({
  uri: `${USERS}${person.id}`,
  mimeType: 'application/json',
  text: JSON.stringify(person),
})
