import { checkPolicy } from '../../compose/policy-check.ts'
import { shownPath } from '../../config/config-file.ts'
import { loadServers } from '../../config/servers-file.ts'
import { assertServable, isExplicit, type Settings } from '../../config/settings.ts'
import { SettingsFault } from '../../config/settings-fault.ts'
import { faultSentences, YamlFault } from '../../lib/yaml.ts'
import { defineCommand } from '../command.ts'
import { openConfiguration } from '../configuration.ts'
import { CliFault } from '../failure.ts'
import { readServersText } from '../servers-text.ts'

export const configValidate = defineCommand({
  name: 'config validate',
  summary: 'Checks settings, servers and policy as a start would',
  about: 'Tells every fault of each file that is no consequence of another, with its place.',
  flags: {},
  examples: ['datacline config validate', 'datacline config validate --config deploy --json'],
  exits: [],
  run: async ({ flags, around, output }) => {
    const configuration = openConfiguration(around, flags.config)
    const { settings, directory } = configuration
    const { mcpServersConfig, policyFile } = settings.values
    const { context } = readServersText(configuration, around.environment)
    const servers = check(mcpServersConfig, settings, () => {
      const named = isExplicit(settings, 'mcpServersConfig')
      const loaded = loadServers(mcpServersConfig, named, context)
      return { servers: loaded?.servers.length ?? 0, notices: loaded?.notices ?? [] }
    })
    const policy = check(policyFile, settings, () => ({ notices: checkPolicy(settings) ?? [] }))
    const faults = [servers, policy].flatMap((file) => file.faults ?? [])
    const notices = [
      ...settings.notices,
      ...[servers, policy].flatMap(({ read }) => read?.notices ?? []),
      ...servable(settings),
    ]
    for (const notice of notices) output.note(notice)
    if (faults.length > 0) throw asFault(faults)
    const files = [mcpServersConfig, policyFile].map((path) => shownPath(path, directory))
    const body = { valid: true, directory, servers: servers.read?.servers ?? 0, notices }
    output.result(body, () => `${output.paint('allow', '✓')} ${files.join(' and ')} are valid\n`)
    return 'ok'
  },
})

type Checked<T> = Readonly<{ read?: T; faults?: readonly string[] }>

const check = <T>(path: string, { directory }: Settings, read: () => T): Checked<T> => {
  try {
    return { read: read() }
  } catch (cause) {
    if (cause instanceof YamlFault) return { faults: faultSentences(cause) }
    if (!(cause instanceof SettingsFault)) throw cause
    const file = shownPath(path, directory)
    return { faults: [cause.message.includes(file) ? cause.message : `${file}: ${cause.message}`] }
  }
}

/** What only `serve` cares for, and a flag of it may settle. */
const servable = (settings: Settings): readonly string[] => {
  try {
    assertServable(settings)
    return []
  } catch (cause) {
    if (cause instanceof SettingsFault) return [`serve: ${cause.message}`]
    throw cause
  }
}

const asFault = (faults: readonly string[]): CliFault => {
  const message = faults.join('\n')
  return new CliFault('usage', message, {
    hint: 'datacline config schema servers|policy prints what is expected',
    extra: { faults },
  })
}
