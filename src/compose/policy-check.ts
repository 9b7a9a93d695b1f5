import type { Settings } from '../config/settings.ts'
import { PolicySchema } from '../policy/policy-schema.ts'
import { openPolicy } from './policy.ts'

/** JSON Schema of policy.yaml. */
export const policySchema: object = PolicySchema

/**
 * Reads the policy as a start would, and lets go of it.
 *
 * @returns what an operator should know, such as that there is no policy
 * @throws YamlFault for a broken file, SettingsFault for a file that somebody named and is not there
 */
export const checkPolicy = (settings: Settings): string | undefined => {
  const policy = openPolicy(settings, () => undefined)
  policy.close()
  return policy.notice
}
