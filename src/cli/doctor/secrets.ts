import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, shownPath } from '../../config/config-file.ts'
import {
  type ConfigurationFile,
  holdsSecrets,
  permissionProblem,
} from '../../config/permissions.ts'
import { joinWords } from '../../lib/shell-words.ts'
import { type Check, error, type Finding, ok, type Scene, warning } from './check.ts'
import { readServers } from './servers.ts'

export const secrets: Check = {
  title: 'nobody else can read secrets or change the configuration',
  run: async (scene) => {
    const { userId, configuration } = scene
    if (userId === undefined) return [ok('files have no owner on this system')]
    const found = filesOf(scene).flatMap((file) => findingOf(file, userId, configuration.directory))
    return found.length > 0 ? found : [ok('files are for their owner alone')]
  },
}

const filesOf = (scene: Scene): readonly ConfigurationFile[] => {
  const { settings, directory, stateDirectory, dotenv } = scene.configuration
  const { policyFile, mcpServersConfig } = settings.values
  return [
    { path: policyFile, secret: false },
    { path: mcpServersConfig, secret: serversHoldSecrets(scene) },
    { path: join(directory, '.env'), secret: holdsSecrets(dotenv) },
    { path: join(stateDirectory, 'operator.token'), secret: true },
    { path: stateDirectory, secret: true },
  ]
}

const serversHoldSecrets = (scene: Scene): boolean => {
  try {
    return readServers(scene)?.holdsSecrets ?? false
  } catch {
    // What cannot be read is taken for the worse.
    return true
  }
}

const findingOf = (
  file: ConfigurationFile,
  userId: number,
  directory: string,
): readonly Finding[] => {
  const problem = problemOf(file, userId)
  if (problem === undefined) return []
  const { path, secret } = file
  const where = shownPath(path, directory)
  if (problem.kind === 'foreign') {
    return [
      error(problem.sentence, { where, fix: joinWords(['sudo', 'chown', `${userId}`, path]) }),
    ]
  }
  // A mask keeps what the owner chose; only what others must not have is taken away.
  const [rights, mask] = secret ? ['go-rwx', 0o700] : ['go-w', 0o755]
  const more = {
    where,
    fix: joinWords(['chmod', rights, path]),
    mend: () => {
      chmodSync(path, statSync(path).mode & mask)
      return `chmod ${rights} ${where}`
    },
  }
  return [secret ? error(secretSentence(problem), more) : warning(problem.sentence, more)]
}

/** What we may not even look at is not ours; that is told of the directory in which it is. */
const problemOf = (file: ConfigurationFile, userId: number) => {
  try {
    return permissionProblem(file, userId)
  } catch (cause) {
    if (errorCode(cause) === 'EACCES') return undefined
    throw cause
  }
}

const secretSentence = ({
  kind,
  sentence,
}: Readonly<{ kind: string; sentence: string }>): string =>
  kind === 'writable' ? `holds secrets, and ${sentence}` : sentence
