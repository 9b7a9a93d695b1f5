import { assertServable } from '../../config/settings.ts'
import { SettingsFault } from '../../config/settings-fault.ts'
import { type Check, type Finding, ok, ours, warning } from './check.ts'

/** What settings say by themselves; that they can be read at all was known before. */
export const settings: Check = {
  title: 'settings from flags, environment and .env',
  run: async (scene) => {
    const { settings: read, directory } = scene.configuration
    const findings: Finding[] = read.notices.map((notice) =>
      warning(notice, { fix: ours(scene, 'config', 'show') }),
    )
    const problem = servableProblem(() => assertServable(read))
    if (problem !== undefined) {
      const fix = ours(scene, 'serve', '--no-auth')
      findings.push(warning(problem, { where: directory, fix }))
    }
    if (!read.values.authEnabled) {
      findings.push(ok(`authentication is off, as ${whoSaysSo(read.origins.authEnabled)}`))
    }
    return findings.length > 0 ? findings : [ok('every setting can be used', { where: directory })]
  },
}

/** Only a gateway that runs can have had a flag. */
const whoSaysSo = (origin: string): string =>
  origin === 'flag' ? 'the gateway that runs was started with --no-auth' : 'AUTH_ENABLED says'

/** A warning only: flags of `serve` may settle it. */
const servableProblem = (assert: () => void): string | undefined => {
  try {
    assert()
    return undefined
  } catch (cause) {
    if (cause instanceof SettingsFault) return cause.message
    throw cause
  }
}
