/** A setting or a configuration file that cannot be used: one line for the operator, exit code 2. */
export class SettingsFault extends Error {
  override readonly name = 'SettingsFault'
}
