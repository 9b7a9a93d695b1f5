import { readConfigFile, shownPath } from '../config/config-file.ts'
import { isExplicit, type Settings } from '../config/settings.ts'
import { SettingsFault } from '../config/settings-fault.ts'
import type { PartState } from '../http/house.ts'
import { watchFile } from '../lib/watch-file.ts'
import type { DecisionPoint } from '../policy/decision-point.ts'
import { createPolicyStore, type PolicyState } from '../policy/policy-store.ts'
import type { Note } from './live.ts'

/** The policy in force, kept in step with its file. */
export type LivePolicy = Readonly<{
  current: () => DecisionPoint
  /** Calls back after each valid change came into force. */
  onChange: (told: () => void) => void
  readiness: () => PartState
  /** Reads the file at once; it was just written to its end. */
  reload: () => void
  /** The file was taken away on purpose: what is built in is in force again. */
  forget: () => void
  /** How the file is doing. */
  state: () => PolicyState
  /** What an operator should know at start; undefined when all is as usual. */
  notice: string | undefined
  close: () => void
}>

/**
 * Loads the policy and watches its file.
 *
 * @throws YamlFault for a broken file, SettingsFault for a file that somebody named and is not there
 */
export const openPolicy = (settings: Settings, note: Note): LivePolicy => {
  const { policyFile, authEnabled } = settings.values
  const file = shownPath(policyFile, settings.directory)
  const explicit = isExplicit(settings, 'policyFile')
  const read = () => {
    const text = readConfigFile(policyFile, file)
    if (text === undefined && explicit) throw new SettingsFault(`${file}: no such file`)
    return text
  }
  const told: (() => void)[] = []
  const store = createPolicyStore({
    read,
    file,
    onChange: (point) => {
      note({
        code: 'policy_reloaded',
        status: 'success',
        error: inForce(file, point),
      })
      for (const tell of told) tell()
    },
    onFault: (problem) =>
      note({
        code: 'policy_reload_failed',
        status: 'error',
        error: `the policy before stays in force: ${problem}`,
      }),
  })
  const watch = watchFile(policyFile, () => store.reload())
  const readiness = (): PartState => {
    const { state } = store.state()
    if (state === 'missing') return authEnabled ? 'degraded' : 'ok'
    return state === 'ok' ? 'ok' : 'degraded'
  }
  return {
    current: store.current,
    onChange: (tell) => void told.push(tell),
    readiness,
    reload: () => store.reload(true),
    forget: store.forget,
    state: store.state,
    notice: store.state().state === 'missing' ? missingNotice(file, authEnabled) : undefined,
    close() {
      watch.close()
      store.close()
    },
  }
}

const inForce = (file: string, { policyHash }: DecisionPoint): string =>
  policyHash === 'none'
    ? `${file} was taken away; what is built in is in force`
    : `${file} is in force (${policyHash.slice(0, 12)})`

const missingNotice = (file: string, authEnabled: boolean): string =>
  authEnabled
    ? `no ${file}: every operation is denied until there is one`
    : `no ${file}: local callers have the built-in role local-developer and may do everything`
