import { createMemo } from './memo.ts'

const STRONG =
  /pass(?:word|wd|phrase|code)|secret|credential|authori[sz]ation|cookie|sessionid|authheader|amzsignature|(?:api|access|private|signing|encryption|master|ssh)key/
const TOKEN = /tokens?$/
// Numbers of tokens, as language models count them, and the name that a call's progress goes by in MCP.
const COUNTED =
  /^(?:max|min|num|total|count|limit|budget|prompt|completion|input|output|cached?|reasoning|new|progress)[a-z]*tokens?$/
const LAST_WORDS = new Set(['pass', 'pwd', 'auth', 'jwt', 'bearer', 'otp', 'cvv', 'sig'])

const HEADERS = new Set(['authorization', 'proxyauthorization', 'cookie', 'setcookie'])

const wordsOf = (key: string): string[] =>
  key
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[0-9]+$/, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')

/** Whether a key names something secret, in any case and with any separators. */
export const isSecretKey = (key: string): boolean =>
  key.length > LONGEST_KEY ? judge(key) : judged(key)

/** Characters; longer keys are hardly the members of a tool's parameters. */
const LONGEST_KEY = 64

const judge = (key: string): boolean => {
  const words = wordsOf(key)
  const joined = words.join('')
  if (STRONG.test(joined)) return true
  if (TOKEN.test(joined)) return !COUNTED.test(joined)
  return LAST_WORDS.has(words.at(-1) ?? '')
}

const judged = createMemo(judge)

/** Whether a key is a header whose secret goes on to the end of the line. */
export const isSecretHeader = (key: string): boolean => HEADERS.has(wordsOf(key).join(''))
