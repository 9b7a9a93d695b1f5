import { isSecretHeader, isSecretKey } from './secret-keys.ts'

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]'

type Pattern = Readonly<{ find: RegExp; replace: (match: string, ...groups: string[]) => string }>

// Every pattern is written so that it cannot start over inside what it has just read: a literal start
// or a boundary, one run, and only optional parts behind. That keeps each of them linear; the decision
// whether the run is a secret is made afterwards, in `replace`.

/** A run after a well-known prefix, when at least `length` characters long. */
const token = (find: RegExp, length: number, looks: (run: string) => boolean = () => true) => ({
  find,
  replace: (run: string) => (run.length >= length && looks(run) ? REDACTED : run),
})

const hasDigit = (run: string) => /[0-9]/.test(run)
const hasDot = (run: string) => run.includes('.')

const basicCredentials = (match: string, word: string, gap: string, run: string): string =>
  Buffer.from(run, 'base64').includes(':') ? `${word}${gap}${REDACTED}` : match

const PATTERNS: readonly Pattern[] = [
  {
    find: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g,
    replace: () => REDACTED,
  },
  // RFC 7515 §3.1: a JWS in compact form begins with the base64url of `{"`.
  token(/eyJ[\w-]+(?:\.[\w-]*)*/g, 20, hasDot),
  { find: /(:\/\/)[^\s/?#"'<>]*@/g, replace: (_, start) => `${start}${REDACTED}@` },
  {
    find: /(bearer)(\s+)[^\s"',;]{6,}/gi,
    replace: (_, word, gap) => `${word}${gap}${REDACTED}`,
  },
  { find: /\b(basic)(\s+)([\w+/-]{6,}=*)/gi, replace: basicCredentials },
  token(/(?:AKIA|ASIA)[A-Z0-9]*/g, 16),
  token(/(?:gh[pousr]_|github_pat_)\w*/g, 20),
  token(/(?:glpat-|gldt-|glrt-)[\w-]*/g, 20),
  token(/xox[a-z](?:-[A-Za-z0-9]*)+/g, 12),
  token(/(?<![A-Za-z0-9])sk-[\w-]*/g, 16, hasDigit),
  token(/(?:sk|rk|pk)_(?:live|test)_\w*/g, 16),
  token(/AIza[\w-]*/g, 30),
  token(/(?:npm_|hf_|dop_v1_)[A-Za-z0-9]*/g, 24),
]

// Every pattern needs one of these; most texts have none, and are done after one look.
const SUSPICIOUS =
  /[:=]|--|eyJ|bearer|basic|AKIA|ASIA|gh[pousr]_|github_|gl[drp][a-z]*t-|xox|sk-|[srp]k_|AIza|npm_|hf_|dop_/i

/** The text with everything that looks like a secret masked, read once. */
export const maskPatterns = (text: string): string => {
  if (!SUSPICIOUS.test(text)) return text
  const masked = PATTERNS.reduce((rest, { find, replace }) => rest.replace(find, replace), text)
  return maskAssignments(masked)
}

const NAME = /(?<![\w-])([\w-]+)([\\"']*\s*(?:=>?|:)\s*|\s+)/g
const WORD_VALUE = /\\*"[^"]*"?|\\*'[^']*'?|[[{][^\]}]*[\]}]?|[^\s"'&,;]+/y
const LINE_VALUE = /\\*"[^"]*"?|\\*'[^']*'?|[^\r\n]+/y

/** How far the value reaches that belongs to a name, or undefined when the name is not a secret's. */
const valueFor = (name: string, separator: string): RegExp | undefined => {
  if (separator.trim() === '' && !name.startsWith('--')) return undefined
  if (!isSecretKey(name)) return undefined
  return separator.includes(':') && isSecretHeader(name) ? LINE_VALUE : WORD_VALUE
}

/** `password=…`, `"api_key": "…"`, `--token …`, `Cookie: …`: the value behind a secret's name. */
const maskAssignments = (text: string): string => {
  let result = ''
  let end = 0
  for (const match of text.matchAll(NAME)) {
    const [whole, name = '', separator = ''] = match
    const start = match.index + whole.length
    const value = match.index < end ? undefined : valueFor(name, separator)
    if (value === undefined) continue
    value.lastIndex = start
    const found = value.exec(text)?.[0]
    if (found === undefined) continue
    result += `${text.slice(end, start)}${maskQuoted(found)}`
    end = start + found.length
  }
  return result + text.slice(end)
}

const maskQuoted = (value: string): string => {
  const opening = /^\\*["']/.exec(value)?.[0] ?? ''
  return value === opening ? value : `${opening}${REDACTED}${closingOf(value, opening)}`
}

const closingOf = (value: string, opening: string): string =>
  opening !== '' && value.length > opening.length && value.endsWith(opening) ? opening : ''
