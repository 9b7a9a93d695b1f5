import { stringify } from 'yaml'

/**
 * A value as YAML lines, each with its line end. Long text stays on its line; words that YAML 1.1 reads
 * as something else, such as `on` and `0o7`, are quoted.
 */
export const yamlText = (value: unknown): string =>
  stringify(value, { indent: YAML_STEP, lineWidth: 0, compat: 'yaml-1.1' })

/** Columns by which `yamlText` indents. */
export const YAML_STEP = 2
