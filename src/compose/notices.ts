import type { Dotenv } from '../config/dotenv.ts'
import { holdsSecrets, permissionWarnings } from '../config/permissions.ts'
import type { Settings } from '../config/settings.ts'
import type { LivePolicy } from './policy.ts'
import type { LiveServers } from './servers.ts'

export type NoticesOptions = Readonly<{
  settings: Settings
  dotenv: Dotenv
  userId: number | undefined
}>

/** What an operator should know at start, in sentences: of settings, servers, policy and who may read their files. */
export const noticesOf = (
  { settings, dotenv, userId }: NoticesOptions,
  servers: Pick<LiveServers, 'notices'>,
  policy: Pick<LivePolicy, 'notice'>,
): readonly string[] => {
  const { values, directory } = settings
  const files = [
    { path: values.policyFile, secret: false },
    { path: values.mcpServersConfig, secret: false },
    { path: `${directory}/.env`, secret: holdsSecrets(dotenv) },
  ]
  return [
    ...settings.notices,
    ...servers.notices,
    ...(policy.notice === undefined ? [] : [policy.notice]),
    ...permissionWarnings(files, directory, userId),
  ]
}
