import { CliFault } from '../failure.ts'

/** How the text behind the key is meant: by the schema, as text, or as JSON. */
export type Meaning = 'typed' | 'text' | 'json'

/** One `key=value` of the command line, read but not yet understood. */
export type Assignment = Readonly<{
  /** As written, escapes resolved, without `[]`. */
  key: string
  /** `a.b` as its parts. */
  path: readonly string[]
  /** `list[]=x`. */
  append: boolean
  meaning: Meaning
  /** The value, or the file that holds it. */
  text: string
  isFile: boolean
}>

type Token = Readonly<{ text: string; escaped: boolean }>

const OPERATORS: readonly Readonly<{ sign: string; meaning: Meaning; isFile: boolean }>[] = [
  { sign: ':=@', meaning: 'json', isFile: true },
  { sign: ':=', meaning: 'json', isFile: false },
  { sign: '==', meaning: 'text', isFile: false },
  { sign: '=@', meaning: 'text', isFile: true },
  { sign: '=', meaning: 'typed', isFile: false },
]

/**
 * Reads `key=value`, `key:=json`, `key==text`, `key=@file`, `key:=@file`. A backslash in the key takes
 * the meaning from `=`, `:`, `.`, `[`, `]` and itself.
 *
 * @throws CliFault `usage`
 */
export const parseAssignment = (word: string): Assignment => {
  const tokens: Token[] = []
  let at = 0
  while (at < word.length) {
    const operator = OPERATORS.find(({ sign }) => word.startsWith(sign, at))
    if (operator !== undefined) {
      const text = word.slice(at + operator.sign.length)
      return { ...keyOf(tokens, word), meaning: operator.meaning, isFile: operator.isFile, text }
    }
    const escaped = word[at] === '\\' && /^[=:.[\]\\]$/.test(word[at + 1] ?? '')
    if (escaped) at++
    tokens.push({ text: word[at] ?? '', escaped })
    at++
  }
  throw new CliFault('usage', `${JSON.stringify(word)} is no key=value`, {
    hint: 'datacline help parameters',
  })
}

const keyOf = (tokens: readonly Token[], word: string) => {
  const [open, close] = tokens.slice(-2)
  const append = isPlain(open, '[') && isPlain(close, ']')
  const named = append ? tokens.slice(0, -2) : tokens
  const path = ['']
  for (const token of named) {
    if (isPlain(token, '.')) path.push('')
    else path.push(`${path.pop() ?? ''}${token.text}`)
  }
  if (path.includes('')) {
    throw new CliFault('usage', `${JSON.stringify(word)} has no name before its =`, {
      hint: 'datacline help parameters',
    })
  }
  return { key: named.map(({ text }) => text).join(''), path, append }
}

const isPlain = (token: Token | undefined, text: string): boolean =>
  token?.text === text && !token.escaped
