import { YamlFault } from '../lib/yaml.ts'
import { createDecisionPoint, type DecisionOptions, type DecisionPoint } from './decision-point.ts'
import { loadPolicy, missingPolicy, type Policy } from './policy-file.ts'
import { assertSound } from './self-test.ts'

/** How the policy file is doing, for `/health/ready`. While not `ok`, the policy before stays in force. */
export type PolicyState =
  | Readonly<{ state: 'ok' }>
  | Readonly<{ state: 'missing'; problem: string }>
  | Readonly<{ state: 'broken'; problem: string; line: number | undefined }>

export type PolicyStore = Readonly<{
  /** The decision point in force. Ask for it anew for each operation; it is swapped as a whole. */
  current: () => DecisionPoint
  state: () => PolicyState
  /**
   * Reads the file again; to be called when it may have changed. Never throws.
   *
   * @param isWhole whether the file is known to be written to its end
   */
  reload: (isWhole?: boolean) => void
  /** The file was taken away on purpose: what holds without one is in force again. */
  forget: () => void
  close: () => void
}>

export type PolicyStoreOptions = Readonly<{
  /** The file's text, undefined when there is none. What it throws makes the file broken. */
  read: () => string | undefined
  /** The name shown in places, relative to the config directory. */
  file: string
  /** After a valid change came into force. */
  onChange?: (point: DecisionPoint) => void
  /** After a change was refused, with a sentence that names the place. */
  onFault?: (problem: string) => void
  /** Milliseconds after which a file that seems cut off is believed; 1000 unless told. */
  patience?: number
  decision?: DecisionOptions
}>

/**
 * Holds the policy in force. A changed file replaces it when it is valid as a whole; a broken, missing
 * or half-written one changes nothing.
 *
 * @throws YamlFault, PolicyUnsound, or what `read` throws, when the first text is no policy
 */
export const createPolicyStore = ({
  read,
  file,
  onChange,
  onFault,
  patience = 1000,
  decision,
}: PolicyStoreOptions): PolicyStore => {
  const build = (text: string | undefined) => {
    const policy: Policy = text === undefined ? missingPolicy(file) : loadPolicy(text, file)
    // The self-test is no traffic: it must not show in the counts of the point in force.
    assertSound(createDecisionPoint(policy, decision))
    return createDecisionPoint(policy, decision)
  }
  const missing: PolicyState = { state: 'missing', problem: `${file} is missing` }

  let text = read()
  let point = build(text)
  let state: PolicyState = text === undefined ? missing : { state: 'ok' }
  let suspect: string | undefined
  let waiting: ReturnType<typeof setTimeout> | undefined

  const report = (next: PolicyState) => {
    state = next
    if (next.state !== 'ok') onFault?.(next.problem)
  }
  /** What was not there before either is no news. */
  const vanished = () => {
    if (text === undefined) state = missing
    else report(missing)
  }
  const swap = (found: string) => {
    if (found !== text) {
      point = build(found)
      text = found
      onChange?.(point)
    }
    state = { state: 'ok' }
  }
  /** The beginning of the policy in force is most often a file that is being written. */
  const seemsCutOff = (found: string) =>
    text !== undefined && found.length < text.length && text.startsWith(found) && found !== suspect
  const reload = (isWhole = false) => {
    clearTimeout(waiting)
    try {
      const found = read()
      if (found === undefined) return vanished()
      if (isWhole || !seemsCutOff(found)) return swap(found)
      suspect = found
      waiting = setTimeout(() => reload(), patience)
      waiting.unref()
    } catch (cause) {
      report({ state: 'broken', ...problemOf(cause, file) })
    }
  }
  const forget = () => {
    clearTimeout(waiting)
    text = undefined
    point = build(text)
    state = missing
    onChange?.(point)
  }
  return {
    current: () => point,
    state: () => state,
    reload,
    forget,
    close: () => clearTimeout(waiting),
  }
}

const problemOf = (cause: unknown, file: string) => {
  if (cause instanceof YamlFault) return { problem: cause.message, line: cause.line }
  const reason = cause instanceof Error ? cause.message : 'cannot be read'
  return { problem: `${file}: ${reason}`, line: undefined }
}
