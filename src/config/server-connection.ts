import type { ServerEntry } from '../core/server-entry.ts'
import { operatorUrlProblem } from './operator-url.ts'
import { readCommand } from './server-command.ts'
import type { ServerContext } from './server-context.ts'
import { NO_CREDENTIAL, readCredential } from './server-credential.ts'
import { transportOf } from './server-transport.ts'
import type { ServerBlock } from './servers-schema.ts'

/** How to reach one server, with what was noticed and learnt on the way. */
export type Connection = Reached & Pick<ServerEntry, 'transport' | 'declaredType'>

/** @throws YamlFault */
export const readConnection = (server: ServerBlock, context: ServerContext): Connection => {
  const declaredType = server.type ?? (server.command === undefined ? 'http' : 'stdio')
  const found = transportOf(declaredType)
  if ('problem' in found) throw context.fault(['type'], found.problem)
  const { transport, notice } = found
  const reached = transport === 'stdio' ? byCommand(server, context) : byUrl(server, context)
  const notices = notice === undefined ? [] : [context.notice(['type'], notice)]
  return { ...reached, transport, declaredType, notices: [...notices, ...reached.notices] }
}

type Reached = Readonly<
  Pick<
    ServerEntry,
    'url' | 'command' | 'environment' | 'workingDirectory' | 'credentialHeaders'
  > & { notices: readonly string[]; secrets: readonly string[] }
>

const byCommand = (server: ServerBlock, context: ServerContext): Reached => {
  if (server.auth && server.auth.method !== 'none') {
    throw context.fault(['auth'], 'a stdio server has no headers; give the credential in env:')
  }
  const unused = server.url ? [context.notice(['url'], 'a stdio server has no use for it')] : []
  const command = readCommand(server, context)
  return {
    ...command,
    url: undefined,
    credentialHeaders: {},
    notices: [...unused, ...command.notices],
  }
}

const byUrl = (server: ServerBlock, context: ServerContext): Reached => {
  const stray = (['command', 'args', 'env', 'cwd'] as const).find(
    (key) => server[key] !== undefined,
  )
  if (stray) throw context.fault([stray], 'belongs to type: stdio')
  if (server.url === undefined) throw context.fault([], 'url is required')
  const problem = operatorUrlProblem(server.url)
  if (problem !== undefined) throw context.fault(['url'], problem)
  const credential = server.auth ? readCredential(server.auth, context) : NO_CREDENTIAL
  return {
    url: server.url,
    command: [],
    environment: {},
    workingDirectory: undefined,
    credentialHeaders: credential.headers,
    notices: credential.notices,
    secrets: credential.secrets,
  }
}
