/** What is wrong with a command line; its words otherwise. */
export type ShellWords = Readonly<{ words: readonly string[] } | { problem: string }>

/**
 * The words of a command line as a POSIX shell splits it (POSIX.1-2017, XCU §2.2): blanks separate,
 * `'…'`, `"…"` and `\` quote. Nothing is expanded; what a shell would do more than that with, such as
 * `|` or `$HOME`, is refused unless it is quoted, because no shell will see it.
 */
export const splitWords = (line: string): ShellWords => {
  const words: string[] = []
  let at = skip(line, 0)
  while (at < line.length) {
    let word = ''
    while (at < line.length && !BLANK.test(line[at] ?? '')) {
      PIECE.lastIndex = at
      const found = PIECE.exec(line)
      if (found === null) return { problem: problemAt(line[at] ?? '') }
      word += textOf(found)
      at = PIECE.lastIndex
    }
    words.push(word)
    at = skip(line, at)
  }
  return { words }
}

/** Words as one line that a POSIX shell splits into the same words. */
export const joinWords = (words: readonly string[]): string => words.map(quoted).join(' ')

const BLANK = /\s/
const BLANKS = /\s*/y
/** A single-quoted piece, a double-quoted one, an escaped character, or plain characters. */
const PIECE =
  /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|((?:[^\s'"\\|&;<>()$`*?~#]|(?<=\S)#)+)/y

const skip = (line: string, at: number): number => {
  BLANKS.lastIndex = at
  BLANKS.exec(line)
  return BLANKS.lastIndex
}

const textOf = ([, single, double, escaped, plain]: RegExpExecArray): string =>
  single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? ''

const problemAt = (character: string): string =>
  `'"\\`.includes(character)
    ? `${character} has nothing that closes it`
    : `there is no shell to read ${character}; put it in single quotes`

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
