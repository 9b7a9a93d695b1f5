import { checkPolicy } from '../../compose/policy-check.ts'
import { shownPath } from '../../config/config-file.ts'
import { type Check, ok, ours, warning } from './check.ts'
import { fileFault } from './file-fault.ts'

export const policy: Check = {
  title: 'the policy can be used',
  run: async (scene) => {
    const { settings } = scene.configuration
    const { policyFile } = settings.values
    const where = shownPath(policyFile, settings.directory)
    try {
      const notice = checkPolicy(settings)
      if (notice === undefined) return [ok('the policy can be used', { where })]
      const fix = ours(scene, 'config', 'schema', 'policy')
      return [warning(notice, { where, fix })]
    } catch (cause) {
      return [fileFault(cause, policyFile, where)]
    }
  },
}
