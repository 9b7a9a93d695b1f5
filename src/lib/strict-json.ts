/** What is wrong with a JSON text that `JSON.parse` might well accept. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError'
  /** Where in the text, in UTF-16 units. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Start and end (exclusive) of a member's value in the text. */
export type Span = readonly [start: number, end: number]

export type StrictJson = Readonly<{
  value: unknown
  /** The values of the members of the outermost object, or of the elements of an array by their index. */
  spans: ReadonlyMap<string, Span>
}>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Bytes as text, refusing what is not UTF-8. A byte order mark stays, so that the parser refuses it.
 *
 * @throws StrictJsonError
 */
export const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new StrictJsonError('invalid UTF-8', 0)
  }
}

/**
 * Parses JSON (RFC 8259) and refuses what two parsers could read differently: a key twice in one
 * object (§4), and nesting deeper than `maxDepth`, before anything is built.
 *
 * @throws StrictJsonError
 */
export const readStrictJson = (text: string, { maxDepth = 64 } = {}): StrictJson => {
  const spans = scan(text, maxDepth, true)
  try {
    return { value: JSON.parse(text), spans }
  } catch {
    throw new StrictJsonError('not JSON', 0)
  }
}

/** As `readStrictJson`, giving the value alone. @throws StrictJsonError */
export const parseStrictJson = (text: string, options: { maxDepth?: number } = {}): unknown =>
  readStrictJson(text, options).value

/**
 * The spans of the outermost object's members, or of the outermost array's elements by their index, in a
 * text already known to be JSON.
 */
export const memberSpans = (text: string): ReadonlyMap<string, Span> =>
  scan(text, Number.POSITIVE_INFINITY, false)

/** `text` with one span of it replaced. */
export const splice = (text: string, [start, end]: Span, replacement: string): string =>
  text.slice(0, start) + replacement + text.slice(end)

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const SPACE = 32

/** Index of the quote that ends the string starting at `start`. */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  throw new StrictJsonError('unterminated string', start)
}

const keyText = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    throw new StrictJsonError('invalid escape in a key', start)
  }
}

/** Keys of one object: an array while there are few, since most objects have few. */
const addKey = (keys: string[] | Set<string>, key: string, offset: number) => {
  const seen = keys instanceof Set ? keys.has(key) : keys.includes(key)
  if (seen) throw new StrictJsonError(`duplicate key ${JSON.stringify(key)}`, offset)
  if (keys instanceof Set) {
    keys.add(key)
    return keys
  }
  keys.push(key)
  return keys.length > 16 ? new Set(keys) : keys
}

/**
 * One pass over the structural characters. It does not judge the grammar, `JSON.parse` does that; it
 * only counts depth, collects keys, and notes where the outermost members' values stand.
 */
const scan = (text: string, maxDepth: number, unique: boolean): Map<string, Span> => {
  const spans = new Map<string, Span>()
  // One entry an open container: the keys of an object, or null for an array.
  const open: (string[] | Set<string> | null)[] = []
  let expectsKey = false
  let member: string | undefined
  let valueStart = 0

  const closeMember = (at: number) => {
    if (open.length !== 1 || member === undefined) return
    let start = valueStart
    let end = at
    while (start < end && text.charCodeAt(start) <= SPACE) start++
    while (end > start && text.charCodeAt(end - 1) <= SPACE) end--
    if (start < end) spans.set(member, [start, end])
    member = undefined
  }
  /** The next element of the outermost array, which its index names. */
  const beginElement = (at: number) => {
    member = String(spans.size)
    valueStart = at + 1
  }
  const enter = (keys: string[] | null, at: number) => {
    open.push(keys)
    expectsKey = keys !== null
    if (keys === null && open.length === 1) beginElement(at)
    if (open.length > maxDepth) throw new StrictJsonError(`deeper than ${maxDepth} levels`, at)
  }
  const leave = (at: number) => {
    closeMember(at)
    open.pop()
    expectsKey = false
  }
  const string = (at: number): number => {
    const end = endOfString(text, at)
    const keys = open[open.length - 1]
    if (!expectsKey || !keys) return end
    expectsKey = false
    if (!unique && open.length > 1) return end
    const key = keyText(text, at, end)
    if (unique) open[open.length - 1] = addKey(keys, key, at)
    if (open.length === 1) member = key
    return end
  }

  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = string(at)
        break
      case OPEN_BRACE:
        enter([], at)
        break
      case OPEN_BRACKET:
        enter(null, at)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        leave(at)
        break
      case COMMA:
        closeMember(at)
        expectsKey = open.length > 0 && open[open.length - 1] !== null
        if (!expectsKey && open.length === 1) beginElement(at)
        break
      case COLON:
        if (open.length === 1) valueStart = at + 1
        break
      default:
    }
  }
  return spans
}
