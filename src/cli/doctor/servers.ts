import { shownPath } from '../../config/config-file.ts'
import { createVariableReader } from '../../config/secret-reference.ts'
import { loadServers, type ServersFile } from '../../config/servers-file.ts'
import { isExplicit } from '../../config/settings.ts'
import { type Check, editAt, type Finding, ok, ours, type Scene, warning } from './check.ts'
import { fileFault } from './file-fault.ts'

export const servers: Check = {
  title: 'mcp_servers.yaml can be used',
  run: async (scene) => {
    const { settings } = scene.configuration
    const path = settings.values.mcpServersConfig
    const where = shownPath(path, settings.directory)
    const fix = ours(scene, 'register-mcp', 'NAME', 'https://mcp.example.com/mcp')
    try {
      const file = readServers(scene)
      if (file === undefined) {
        const detail = 'there is no servers file, so only the embedded demo server is served'
        return [warning(detail, { where, fix })]
      }
      const enabled = file.servers.filter((server) => server.enabled).length
      if (enabled === 0) return [warning('no server is enabled', { where, fix })]
      const notices = file.notices.map((notice) => noticed(notice, path))
      return notices.length > 0 ? notices : [ok(`${enabled} enabled`, { where })]
    } catch (cause) {
      return [fileFault(cause, path, where)]
    }
  },
}

/** A notice begins with its place. */
const noticed = (notice: string, path: string): Finding => {
  const [, where, line, detail] = /^(\S+:(\d+)) (.*)$/s.exec(notice) ?? []
  if (detail === undefined) return warning(notice)
  return warning(detail, { where, fix: editAt(path, Number(line)) })
}

/** The servers as a start would read them; undefined without a file. @throws YamlFault, SettingsFault */
export const readServers = ({ configuration, environment }: Scene): ServersFile | undefined => {
  const { settings, directory, dotenv } = configuration
  const { mcpServersConfig, proxyTimeout } = settings.values
  return loadServers(mcpServersConfig, isExplicit(settings, 'mcpServersConfig'), {
    directory,
    defaultTimeout: proxyTimeout,
    readVariable: createVariableReader(environment, dotenv),
  })
}
