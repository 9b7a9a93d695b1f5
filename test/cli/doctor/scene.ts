import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { openConfiguration } from '../../../src/cli/configuration.ts'
import type { Scene } from '../../../src/cli/doctor/check.ts'
import type { CheckId } from '../../../src/cli/doctor/checks.ts'
import { examine, type Found } from '../../../src/cli/doctor/examine.ts'
import { surroundings } from '../../../src/cli/surroundings.ts'
import { lockState } from '../../../src/compose/state-lock.ts'

const WORLD = surroundings()

export type SceneOptions = Readonly<{
  directory: string
  environment?: Readonly<Record<string, string>>
  token?: string
}> &
  Partial<Pick<Scene, 'fetch' | 'freeSpace' | 'now' | 'gatewayUrl'>>

/** What `datacline doctor` would look at in a directory, with the real world around it. */
export const sceneOf = ({ directory, environment = {}, token, ...more }: SceneOptions): Scene => {
  for (const name of ['mcp_servers.yaml', 'policies/policy.yaml', '.env']) {
    // Whatever the umask of who runs the tests.
    if (existsSync(join(directory, name))) chmodSync(join(directory, name), 0o600)
  }
  const configuration = openConfiguration({ ...WORLD, environment }, directory)
  return {
    configuration,
    configFlag: undefined,
    environment,
    token: token === undefined ? undefined : { text: token, from: '--token' },
    userId: process.getuid?.(),
    fetch,
    now: Date.now,
    tick: () => performance.now(),
    freeSpace: () => ({ bytes: 10 ** 12, files: 10 ** 6 }),
    lock: () => lockState(configuration.stateDirectory),
    gatewayUrl: undefined,
    namedUrl: undefined,
    ...more,
  }
}

/** Everything that a check finds. */
export const found = (id: CheckId, options: SceneOptions): Promise<readonly Found[]> =>
  examine([id], sceneOf(options))
