import type { TSchema } from '@sinclair/typebox'
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { nearest } from './nearest.ts'
import { type Violation, violations } from './schema-violation.ts'
import { throwAll, YamlFault } from './yaml-fault.ts'

export { faultSentences, readAll, readEach, YamlFault } from './yaml-fault.ts'

export type Path = readonly (string | number)[]

/** A parsed YAML file that remembers where everything stands. */
export type YamlFile<T> = Readonly<{
  value: T
  /** 1-based line of a key or list entry; of its nearest existing parent when it is not there. */
  lineOf: (path: Path) => number
  /** A fault at a place of the file, for checks that no schema can express. */
  fault: (path: Path, sentence: string) => YamlFault
  /**
   * What stands at a place, by a schema of its own: for parts that the schema of the file leaves open, so
   * that a fault in one does not keep the others from being read.
   *
   * @throws YamlFault the first fault, with the others behind it
   */
  read: <P>(path: Path, schema: TSchema) => P
}>

/**
 * Parses YAML 1.2 with the booleans of YAML 1.1 where the schema wants a boolean (`yes`, `no`, `on`,
 * `off`), and checks it against a schema of ours. Duplicate keys, several documents, unknown tags and
 * alias bombs are faults; so is every key that the schema does not name.
 *
 * @param text the file's content
 * @param file the name shown in faults, relative to the config directory
 * @param schema a TypeBox schema with `additionalProperties: false` where keys are closed
 * @throws YamlFault for the first fault, with the others behind it
 */
export const parseYaml = <T>(text: string, file: string, schema: TSchema): YamlFile<T> => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    stringKeys: true,
  })
  const faultAt = (offset: number, sentence: string) => {
    const { line, col } = lines.linePos(offset)
    return new YamlFault(file, Math.max(line, 1), Math.max(col, 1), sentence)
  }
  throwAll(toldErrors(document).map(({ pos, message }) => faultAt(pos[0], message)))

  const root = document.contents as Node | null
  const at = (path: Path) => offsetOf(root, path)
  const fault = (path: Path, sentence: string) =>
    faultAt(at(path), `${formatPath(path)}${path.length > 0 ? ': ' : ''}${sentence}`)

  const value = plain(document, faultAt) ?? {}
  const read = <P>(path: Path, part: TSchema): P => {
    const wanted = withBooleans(valueAt(value, path), part)
    throwAll(
      violations(part, wanted).map((violation) =>
        fault([...path, ...violation.path], violation.sentence + suggestion(violation)),
      ),
    )
    return wanted as P
  }
  return { value: read<T>([], schema), lineOf: (path) => lines.linePos(at(path)).line, fault, read }
}

/** What follows a fault of syntax is most often its consequence; keys that are there twice are not. */
const toldErrors = ({ errors, warnings }: ReturnType<typeof parseDocument>) => {
  const all = [...errors, ...warnings]
  const [first] = all
  return first?.code === 'DUPLICATE_KEY'
    ? all.filter(({ code }) => code === first.code)
    : all.slice(0, 1)
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce(
    (inner: unknown, part) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part)
        ? Reflect.get(inner, part)
        : undefined,
    value,
  )

/** `rules[2].action`, as people write it. */
export const formatPath = (path: Path): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('')

const plain = (
  document: ReturnType<typeof parseDocument>,
  faultAt: (offset: number, sentence: string) => YamlFault,
): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw faultAt(0, cause instanceof Error ? cause.message : 'cannot be read')
  }
}

const suggestion = ({ unknown, known }: Violation): string => {
  if (unknown === undefined) return ''
  const match = nearest(unknown, known)
  return match === undefined
    ? `; known here: ${known.join(', ')}`
    : `; did you mean ${JSON.stringify(match)}?`
}

const keyIs = (pair: Pair, key: string | number) =>
  isScalar(pair.key) && String(pair.key.value) === String(key)

/** Where a path stands: its key when it is in a mapping, its value when it is in a list. */
const offsetOf = (root: Node | null, path: Path): number => {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const part of path) {
    const next = step(node, part)
    if (next === undefined) return offset
    offset = next.marker?.range?.[0] ?? offset
    node = next.inner
  }
  return offset
}

const step = (node: unknown, part: string | number) => {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyIs(item as Pair, part)) as Pair | undefined
    return pair && { marker: pair.key as Node, inner: pair.value }
  }
  if (!isSeq(node)) return undefined
  const item = node.items[Number(part)] as Node | undefined
  return item && { marker: item, inner: item }
}

const YAML_1_1_BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
])

/** Turns `yes` into true where the schema wants a boolean; PyYAML, which wrote these files, did so. */
const withBooleans = (value: unknown, schema: TSchema): unknown => {
  if (typeof value === 'string' && schema.type === 'boolean') {
    return YAML_1_1_BOOLEANS.get(value.toLowerCase()) ?? value
  }
  if (Array.isArray(value)) {
    const items = schema.items as TSchema | undefined
    return items ? value.map((entry) => withBooleans(entry, items)) : value
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const inner = memberSchema(schema, key)
      return [key, inner ? withBooleans(entry, inner) : entry]
    }),
  )
}

const memberSchema = (schema: TSchema, key: string): TSchema | undefined => {
  const properties = schema.properties as Record<string, TSchema> | undefined
  if (properties && Object.hasOwn(properties, key)) return properties[key]
  const patterns = schema.patternProperties as Record<string, TSchema> | undefined
  return patterns && Object.values(patterns)[0]
}
