import { clearStaleLock } from '../../compose/state-lock.ts'
import { stateDirectoryProblem } from '../../config/state-directory.ts'
import { type Check, ok, ours, warning } from './check.ts'

export const lock: Check = {
  title: 'nothing is left of a gateway that died',
  run: async (scene) => {
    const { stateDirectory: where } = scene.configuration
    const problem = stateDirectoryProblem(where, scene.userId)
    if (problem !== undefined)
      return [ok(`cannot be told: the state directory ${problem}`, { where })]
    const state = scene.lock()
    if (state.kind === 'free') return [ok('no gateway runs from this directory', { where })]
    if (state.kind === 'held') return [ok(`in use by ${state.holder}`, { where })]
    return [
      warning(`the lock is stale: ${state.holder} is gone, and commands still look for it`, {
        where,
        fix: ours(scene, 'doctor', '--fix'),
        mend: () => {
          clearStaleLock(where, scene.now())
          return `removed the stale lock in ${where}`
        },
      }),
    ]
  },
}
