import { signatureOf } from '../client/parameters/schema.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { Call } from './command.ts'
import { createOutput, type Output, outputOptions } from './output.ts'
import type { Column } from './table.ts'
import { firstLine } from './text.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A column that shows one member as it is. */
const column = (title: string, member: string): Column<JsonObject> => ({
  title,
  value: (row) => text(row[member]),
})

const description: Column<JsonObject> = {
  title: 'DESCRIPTION',
  value: (row) => firstLine(row.description) || text(row.title),
}

export const SERVER_COLUMNS: readonly Column<JsonObject>[] = [
  column('NAME', 'name'),
  column('TYPE', 'type'),
  {
    title: 'ENABLED',
    value: ({ enabled }) => (enabled === false ? 'no' : 'yes'),
    tone: ({ enabled }) => (enabled === false ? 'dim' : undefined),
  },
  column('URL', 'url'),
  description,
]

export const TOOL_COLUMNS: readonly Column<JsonObject>[] = [column('TOOL', 'name'), description]

/** How a tool is called, instead of what it is for. */
export const SIGNATURE_COLUMNS: readonly Column<JsonObject>[] = [
  {
    title: 'TOOL',
    value: ({ name, inputSchema }) => signatureOf(text(name), (inputSchema ?? {}) as JsonObject),
  },
]

export const RESOURCE_COLUMNS: readonly Column<JsonObject>[] = [
  column('URI', 'uri'),
  column('TYPE', 'mimeType'),
  { title: 'NAME', value: ({ title, name }) => text(title) || text(name) },
]

export const PROMPT_COLUMNS: readonly Column<JsonObject>[] = [
  column('PROMPT', 'name'),
  {
    title: 'ARGUMENTS',
    value: (row) =>
      (Array.isArray(row.arguments) ? (row.arguments as JsonObject[]) : [])
        .map(({ name, required }) => `${text(name)}${required === true ? '' : '?'}`)
        .join(', '),
  },
  description,
]

/** The output of a listing, whose `--format json` is the first implementation's `--json`. */
export const listOutput = ({
  flags,
  around,
  output,
}: Pick<Call<Record<never, never>>, 'around' | 'output'> &
  Readonly<{ flags: Readonly<Record<string, unknown>> }>): Output =>
  flags.format === 'json'
    ? createOutput(around, { ...outputOptions(flags, around.environment), format: 'json' })
    : output
