/** Puts frames on the terminal; only lines that changed are written. */
export type Painter = Readonly<{
  /** Soon; frames that come close together are one. */
  draw: () => void
  /** Nothing is drawn until `resume`: the terminal belongs to another program. */
  hold: () => void
  resume: () => void
  /** What the terminal shows is not what was drawn: everything is drawn anew. */
  forget: () => void
  /** The cursor is there again. */
  end: () => void
}>

/** As much of a stream as is used of it. */
export type Drawable = Pick<NodeJS.WriteStream, 'write' | 'writableNeedDrain'> & {
  once: (name: 'drain', listener: () => void) => unknown
}

/**
 * Ink lays out and measures every character of a frame again, which takes several times as long as the
 * frame itself; it is left to read the keys and to keep the terminal.
 *
 * @param frame the screen as it is now, its lines each as wide as the terminal
 */
export const createPainter = (stdout: Drawable, frame: () => string): Painter => {
  let before: readonly string[] = []
  let isDue = false
  let isOver = false
  let isHeld = false
  let isErased = false
  const paint = () => {
    isDue = false
    if (isOver || isHeld) return
    const lines = frame().split('\n')
    if (isOver) return
    const changed = lines.map((text, at) =>
      text === before[at] ? '' : `\u001b[${at + 1};1H${text}`,
    )
    before = lines
    const text = (isErased ? ERASE : '') + changed.join('')
    isErased = false
    if (text !== '') stdout.write(`${HIDE_CURSOR}${BEGIN}${text}${COMMIT}`)
  }
  const draw = () => {
    if (isDue || isOver) return
    isDue = true
    // A terminal that is slower than we sees fewer frames, and never old ones.
    if (stdout.writableNeedDrain) stdout.once('drain', paint)
    else setImmediate(paint)
  }
  const forget = () => {
    before = []
    isErased = true
    draw()
  }
  return {
    draw,
    hold() {
      isHeld = true
      stdout.write(SHOW_CURSOR)
    },
    resume() {
      isHeld = false
      forget()
    },
    forget,
    end() {
      if (isOver) return
      isOver = true
      stdout.write(SHOW_CURSOR)
    },
  }
}

const ERASE = '\u001b[2J'
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
/**
 * Synchronised output: the terminal shows the frame when it is whole; those that do not know it ignore
 * it. Meanwhile it breaks no line: what it takes for wider than we do must not push the next one down.
 */
const BEGIN = '\u001b[?2026h\u001b[?7l'
const COMMIT = '\u001b[?7h\u001b[?2026l'
