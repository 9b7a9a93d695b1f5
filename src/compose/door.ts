import { shownPath } from '../config/config-file.ts'
import type { Settings } from '../config/settings.ts'
import type { SettingValues } from '../config/settings-table.ts'
import { type DoorSettings, hostName, isLoopbackName } from '../http/guard.ts'
import type { PublicConfig } from '../http/house.ts'

/** Which hosts and origins are ours, from the settings. */
export const doorOf = (values: SettingValues): DoorSettings => {
  const { host, publicUrl = [], allowedHosts = [], allowedOrigins = [] } = values
  const bound = host.includes(':') ? `[${host}]` : host
  const names = [bound, ...allowedHosts, ...publicUrl.map((url) => new URL(url).host)].map((name) =>
    hostName(name),
  )
  return {
    allowedHosts: names.filter((name) => name !== undefined),
    allowedOrigins: [...allowedOrigins, ...publicUrl.map((url) => new URL(url).origin)],
    addressHosts: !isLoopbackName(hostName(bound)),
    maxBodyBytes: values.maxBodyBytes,
  }
}

/** What `GET /config` tells strangers: the original's keys, and no absolute path. */
export const publicConfig = ({ values, directory }: Settings): PublicConfig => ({
  auth_enabled: values.authEnabled,
  keycloak_realm: values.keycloakUrl === undefined ? null : values.keycloakRealm,
  policy_file: withoutDirectories(shownPath(values.policyFile, directory)),
  audit_log_file: withoutDirectories(shownPath(values.auditLogFile, directory)),
  audit_to_stdout: values.auditToStdout,
})

const withoutDirectories = (path: string): string =>
  path.startsWith('/') ? (path.split('/').at(-1) ?? '') : path
