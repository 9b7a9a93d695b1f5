import { resolve } from 'node:path'
import { firstViolation } from '../lib/schema-violation.ts'
import { isSecretName, readReference } from './secret-reference.ts'
import type { ServerContext } from './server-context.ts'
import { type ServerBlock, StdioBlock } from './servers-schema.ts'

/** How to start one stdio server. */
export type Command = Readonly<{
  command: readonly string[]
  environment: Readonly<Record<string, string>>
  workingDirectory: string
  secrets: readonly string[]
  notices: readonly string[]
}>

/**
 * argv, environment and working directory of a stdio server. `command` is one program and never a
 * shell line; relative paths are relative to the configuration directory, where it also runs.
 *
 * @throws YamlFault
 */
export const readCommand = (server: ServerBlock, context: ServerContext): Command => {
  const { directory, fault } = context
  const { block, base } = stdioBlock(server, context)
  const { command, args = [], cwd = '.' } = block
  if (command === undefined) throw fault([], 'a stdio server needs command: and its program')
  for (const text of [command, ...args, cwd]) {
    if (text.includes('\0')) throw fault(base, 'a command line cannot carry a NUL')
  }
  const program = command.includes('/') ? resolve(directory, command) : command
  const variables = Object.entries(block.env ?? {}).map(([name, value]) =>
    readVariable(name, value, [...base, 'env', name], context),
  )
  const oneLine = args.length === 0 && /\s/.test(command)
  const shellLine = 'is one program and no shell line; its arguments belong in args:'
  return {
    command: [program, ...args],
    environment: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    workingDirectory: resolve(directory, cwd),
    secrets: variables.flatMap(({ value, secret }) => (secret && value !== '' ? value : [])),
    notices: [
      ...(oneLine ? [context.notice([...base, 'command'], shellLine)] : []),
      ...variables.flatMap(({ notice }) => notice ?? []),
    ],
  }
}

type Variable = Readonly<{ name: string; value: string; secret: boolean; notice?: string }>

/** The third generation wrote these keys inside `metadata`. */
const stdioBlock = (server: ServerBlock, { fault }: ServerContext) => {
  const inside = server.metadata
  const nested = typeof inside === 'object' && inside !== null && 'command' in inside
  if (server.command !== undefined || !nested) return { block: server as StdioBlock, base: [] }
  const violation = firstViolation(StdioBlock, inside)
  if (violation) throw fault(['metadata', ...violation.path], violation.sentence)
  return { block: inside as StdioBlock, base: ['metadata'] }
}

const readVariable = (
  name: string,
  value: unknown,
  path: readonly string[],
  { enabled, readVariable: lookUp, fault, notice }: ServerContext,
): Variable => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw fault(path, 'expected the name of a variable')
  if (typeof value !== 'string') throw fault(path, 'expected text; put it in quotes')
  if (value.includes('\0')) throw fault(path, 'a variable cannot carry a NUL')
  if (!value.startsWith('env://')) return { name, value, secret: isSecretName(name) }
  const found = readReference(value, lookUp)
  if ('value' in found) return { name, value: found.value, secret: true }
  if ('problem' in found) throw fault(path, found.problem)
  if (enabled) throw fault(path, found.unset)
  return { name, value: '', secret: false, notice: notice(path, found.unset) }
}
