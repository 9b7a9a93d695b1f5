import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { readPrivateFile } from './private-file.ts'
import { SettingsFault } from './settings-fault.ts'
import { stateDirectoryProblem } from './state-directory.ts'

/**
 * Where the gateway that uses this state directory listens, as it last told; undefined when it told
 * nothing that can be read. It may have ended since. Whoever asks may send a token there, so only what
 * nobody else can have written is believed.
 *
 * @param userId the user who asks; undefined where the system has none
 * @throws SettingsFault when somebody else could have written it
 */
export const runningGatewayUrl = (
  stateDirectory: string,
  userId: number | undefined,
): string | undefined => {
  const problem = stateDirectoryProblem(stateDirectory, userId) ?? writableProblem(stateDirectory)
  if (problem !== undefined)
    throw new SettingsFault(`state directory ${stateDirectory}: ${problem}`)
  return addressIn(readPrivateFile(join(stateDirectory, 'lock.json'), userId) ?? '')
}

const writableProblem = (path: string): string | undefined =>
  ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o022) === 0
    ? undefined
    : 'other users can write into it'

const addressIn = (text: string): string | undefined => {
  try {
    const told: unknown = JSON.parse(text)
    const url = typeof told === 'object' && told !== null && 'url' in told ? told.url : undefined
    return typeof url === 'string' && URL.parse(url)?.protocol === 'http:' ? url : undefined
  } catch {
    return undefined
  }
}
