import { Type as t } from '@sinclair/typebox'
import { parseYaml, type YamlFault } from '../lib/yaml.ts'

const Key = t.String({ minLength: 1, maxLength: 40 })
const KeysSchema = t.Record(t.String(), t.Union([Key, t.Array(Key)]), {
  errorMessage: 'a key such as R, or a list of keys',
})

/** The keys of the screen as somebody wants them. */
export type KeysFile = Readonly<{
  /** Command → its keys, in place of those that it has; none takes them away. */
  keys: Readonly<Record<string, readonly string[]>>
  /** A fault of the line of a command. */
  fault: (command: string, sentence: string) => YamlFault
}>

/** Reads keys.yaml: `command: key`, or `command: [key, key]`. @throws YamlFault */
export const parseKeys = (text: string, file: string): KeysFile => {
  const { value, fault } = parseYaml<Record<string, string | string[]>>(text, file, KeysSchema)
  const keys = Object.entries(value).map(([command, given]) => [command, [given].flat()] as const)
  return {
    keys: Object.fromEntries(keys),
    fault: (command, sentence) => fault([command], sentence),
  }
}
