/**
 * Compiles a glob where `*` is any run of characters and everything else is itself: case-sensitive and
 * anchored at both ends. Linear in the text for each literal piece; no regular expression is built.
 *
 * A text that holds `*` itself is matched only where the glob has a `*`. So a glob that matches the text
 * of another glob covers everything that the other one covers.
 */
export const compileGlob = (glob: string): ((text: string) => boolean) => {
  if (glob === '*') return () => true
  if (!glob.includes('*')) return (text) => text === glob
  const pieces = glob.split('*')
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  const middle = pieces.slice(1, -1)
  return (text) => {
    if (text.length < first.length + last.length) return false
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    let from = first.length
    const end = text.length - last.length
    for (const piece of middle) {
      const found = text.indexOf(piece, from)
      if (found === -1 || found + piece.length > end) return false
      from = found + piece.length
    }
    return true
  }
}

/** Whether a text is a plain name rather than a glob. */
export const isLiteral = (text: string): boolean => !text.includes('*')
