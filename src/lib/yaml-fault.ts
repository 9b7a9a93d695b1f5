/** A fault of a YAML file, as an operator wants to read it: `file:line:column path: sentence`. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
  readonly file: string
  readonly line: number
  readonly column: number
  /** The other faults of the same file that were found, each by itself. */
  readonly others: readonly YamlFault[]
  constructor(
    file: string,
    line: number,
    column: number,
    sentence: string,
    { others = [], ...options }: ErrorOptions & { others?: readonly YamlFault[] } = {},
  ) {
    super(`${file}:${line}:${column} ${sentence}`, options)
    this.file = file
    this.line = line
    this.column = column
    this.others = others
  }
}

/** Every fault of a file in the order of its lines, each with its place. */
export const faultSentences = (fault: YamlFault): readonly string[] =>
  [fault, ...fault.others]
    .toSorted((left, right) => left.line - right.line || left.column - right.column)
    .map(({ message }) => message)

/** Reads each, also behind one with a fault. @throws YamlFault the first, with the others behind it */
export const readEach = <T, R>(
  items: readonly T[],
  read: (item: T, index: number) => R,
): readonly R[] => {
  const found: YamlFault[] = []
  const all = items.flatMap((item, index) => {
    try {
      return [read(item, index)]
    } catch (cause) {
      if (!(cause instanceof YamlFault)) throw cause
      found.push(cause, ...cause.others)
      return []
    }
  })
  throwAll(found)
  return all
}

/** Does all of several readings of one file, in the same way. */
export const readAll = <Reads extends readonly (() => unknown)[]>(
  ...reads: Reads
): { readonly [At in keyof Reads]: ReturnType<Reads[At]> } =>
  readEach(reads, (read) => read()) as { readonly [At in keyof Reads]: ReturnType<Reads[At]> }

/** @throws YamlFault the first of them, if there is any, with the others behind it */
export const throwAll = ([first, ...others]: readonly YamlFault[]): void => {
  if (first !== undefined) throw together(first, others)
}

/** The first of several faults, with the others behind it. */
const together = (first: YamlFault, others: readonly YamlFault[]): YamlFault => {
  const { file, line, column, message, cause } = first
  const sentence = message.slice(`${file}:${line}:${column} `.length)
  return new YamlFault(file, line, column, sentence, { cause, others })
}
