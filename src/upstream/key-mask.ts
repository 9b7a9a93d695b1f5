/** Masks private keys in the lines of one stream, also those that go over several lines. */
export type KeyMask = (line: string) => string

/** What stands in the place of a key; the redactor's own mark. */
const MARK = '[redacted]'
/** Lines after which a key that does not end is taken for none: as many as RSA of 16384 bits has. */
const MAX_LINES = 200
const BLOCK =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g
const END = /-----END [A-Z0-9 ]{0,40}-----/

/**
 * A mask of its own for each stream, so that what one process writes never ends the key of another.
 */
export const createKeyMask = (): KeyMask => {
  let linesLeft = 0

  const maskBlocks = (text: string): string =>
    text.replace(BLOCK, (block) => {
      if (!END.test(block)) linesLeft = MAX_LINES
      return MARK
    })

  return (line) => {
    if (linesLeft === 0) return maskBlocks(line)
    const end = END.exec(line)
    linesLeft = end === null ? linesLeft - 1 : 0
    return end === null ? MARK : `${MARK}${maskBlocks(line.slice(end.index + end[0].length))}`
  }
}
