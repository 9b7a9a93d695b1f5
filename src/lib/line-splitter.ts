export type LineSplitter = Readonly<{
  /** Takes the next bytes. A line ends with LF; a CR before it is taken off; empty lines are passed over. */
  push: (bytes: Uint8Array) => void
  /** What came after the last LF, if anything. */
  end: () => void
}>

const LF = 10
const CR = 13

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)

/**
 * Splits bytes into lines without ever holding more than `maxBytes` of one: a longer line is dropped
 * whole, and `onTooLong` is told once for it.
 */
export const createLineSplitter = (
  maxBytes: number,
  onLine: (line: Uint8Array) => void,
  onTooLong: () => void,
): LineSplitter => {
  let pieces: Uint8Array[] = []
  let size = 0
  let skipping = false

  const add = (piece: Uint8Array) => {
    if (skipping || piece.length === 0) return
    size += piece.length
    if (size > maxBytes) {
      skipping = true
      pieces = []
      return onTooLong()
    }
    pieces.push(piece)
  }
  const endLine = () => {
    const line = joined(pieces)
    const dropped = skipping
    pieces = []
    size = 0
    skipping = false
    const length = line.at(-1) === CR ? line.length - 1 : line.length
    if (!dropped && length > 0) onLine(line.subarray(0, length))
  }

  return {
    push: (bytes) => {
      let start = 0
      for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, start)) {
        add(bytes.subarray(start, at))
        endLine()
        start = at + 1
      }
      add(bytes.subarray(start))
    },
    end: endLine,
  }
}
