/** Where a text stops being JSON, and what stands against it. */
export type JsonFault = Readonly<{
  /** In UTF-16 units; the length of the text where more must follow. */
  at: number
  sentence: string
  /** Whether it is JSON as far as it goes. */
  unfinished: boolean
}>

/**
 * The first thing that keeps a text from being JSON (RFC 8259) that every parser reads alike: keys that
 * come twice in one object, and nesting deeper than `maxDepth`, are faults too. Undefined when it is fine.
 */
export const jsonFault = (text: string, { maxDepth = 64 } = {}): JsonFault | undefined => {
  try {
    const end = skipBlank(text, valueAt(text, skipBlank(text, 0), maxDepth))
    if (end < text.length) throw new Fault(end, 'expected nothing more')
    return undefined
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    const { at, message } = cause
    return { at, sentence: message, unfinished: at >= text.length }
  }
}

/** Left by exception alone: a text has one first fault. */
class Fault extends Error {
  override readonly name = 'Fault'
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

type Read = (text: string, at: number, depth: number) => number

const BLANK = /[ \t\n\r]*/y
const skipBlank = (text: string, at: number): number => at + (matchAt(BLANK, text, at) ?? '').length

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** One value that begins here; gives where it ends. */
const valueAt: Read = (text, at, depth) => {
  const first = text[at]
  if (first === undefined) throw new Fault(at, 'expected a value')
  if (first === '{') return objectAt(text, at, depth)
  if (first === '[') return listAt(text, at, depth)
  if (first === '"') return stringAt(text, at)
  return /[-\d]/.test(first) ? numberAt(text, at) : wordAt(text, at)
}

const objectAt: Read = (text, start, depth) => {
  if (depth === 0) throw new Fault(start, 'nested too deep')
  const keys = new Set<string>()
  let at = skipBlank(text, start + 1)
  if (text[at] === '}') return at + 1
  for (;;) {
    at = nameAt(text, at, keys)
    at = skipBlank(text, valueAt(text, skipBlank(text, at), depth - 1))
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') throw new Fault(at, 'expected , or }')
    at = skipBlank(text, at + 1)
  }
}

/** A member's name and its colon; `keys` are those before it. */
const nameAt = (text: string, at: number, keys: Set<string>): number => {
  if (text[at] !== '"') throw new Fault(at, 'expected a name in double quotes')
  const end = stringAt(text, at)
  const key = JSON.parse(text.slice(at, end)) as string
  if (keys.has(key)) throw new Fault(at, `${JSON.stringify(key)} stands here twice`)
  keys.add(key)
  const colon = skipBlank(text, end)
  if (text[colon] !== ':') throw new Fault(colon, 'expected :')
  return colon + 1
}

const listAt: Read = (text, start, depth) => {
  if (depth === 0) throw new Fault(start, 'nested too deep')
  let at = skipBlank(text, start + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    at = skipBlank(text, valueAt(text, at, depth - 1))
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') throw new Fault(at, 'expected , or ]')
    at = skipBlank(text, at + 1)
  }
}

const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
/** An escape that the end of the text cut short. */
const CUT_ESCAPE = /\\(?:u[\da-fA-F]{0,3})?$/y

const stringAt = (text: string, start: number): number => {
  let at = start + 1
  for (;;) {
    at += (matchAt(PLAIN_TEXT, text, at) ?? '').length
    if (text[at] === '"') return at + 1
    if (at >= text.length) throw new Fault(at, 'expected " at the end of this text')
    at += escapeAt(text, at)
  }
}

/** How long the escape is that begins here. */
const escapeAt = (text: string, at: number): number => {
  if (text[at] !== '\\') throw new Fault(at, 'expected \\n or the like for what is no sign')
  const found = matchAt(ESCAPE, text, at)
  if (found !== undefined) return found.length
  const isCut = matchAt(CUT_ESCAPE, text, at) !== undefined
  throw new Fault(isCut ? text.length : at, 'expected \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u0000')
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
/** What may still become a number. */
const BEGUN = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d*)?)?$/y

const numberAt = (text: string, at: number): number => {
  const number = matchAt(NUMBER, text, at) ?? ''
  const end = at + number.length
  const goesOn = number === '' || /[\w.+-]/.test(text[end] ?? '')
  if (!goesOn) return end
  const isBegun = matchAt(BEGUN, text, at) !== undefined
  throw new Fault(isBegun ? text.length : end, 'expected a number such as -1.5e3')
}

const WORDS = ['true', 'false', 'null'] as const
const LETTERS = /[A-Za-z_$][\w$]*/y

const wordAt = (text: string, at: number): number => {
  const said = matchAt(LETTERS, text, at) ?? ''
  const end = at + said.length
  if (WORDS.some((word) => word === said)) return end
  const isBegun = end === text.length && said !== '' && WORDS.some((word) => word.startsWith(said))
  throw new Fault(
    isBegun ? end : at,
    said === '' ? 'expected a value' : 'expected a value; text stands in double quotes',
  )
}
