import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { printable } from '../core/printable.ts'
import type { Stream } from './surroundings.ts'
import { elapsedText } from './text.ts'

export type ProgressMode = 'auto' | 'none' | 'json'

export type Progress = Readonly<{
  /** A notification of the server; all but `notifications/progress` are ignored. */
  hear: (method: string, params: JsonObject) => void
  /** What is waited for instead, such as the end of a cancelled call. */
  say: (what: string) => void
  /** Takes the line away again. */
  end: () => void
}>

/** Milliseconds before anything is shown: a quick call shows nothing. */
const QUIET = 400
const FRAME = 100
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const BAR = 10
const CLEAR = '\r\u001b[2K'

/** Progress of one call on standard error: a line that redraws itself on a terminal, JSON if told. */
export const createProgress = (stream: Stream, mode: ProgressMode, now: () => number): Progress => {
  if (mode === 'json') return jsonProgress(stream)
  return mode === 'auto' && stream.isTerminal ? lineProgress(stream, now) : SILENT
}

const SILENT: Progress = { hear: () => {}, say: () => {}, end: () => {} }

const jsonProgress = (stream: Stream): Progress => ({
  ...SILENT,
  hear: (method, { progress, total, message }) => {
    if (method !== 'notifications/progress') return
    stream.write(`${JSON.stringify({ event: 'progress', progress, total, message })}\n`)
  },
})

const lineProgress = (stream: Stream, now: () => number): Progress => {
  const startedAt = now()
  let text = ''
  let drawn = false
  let frame = 0
  const timer = setInterval(() => {
    const elapsed = now() - startedAt
    if (elapsed < QUIET) return
    drawn = true
    const mark = SPINNER[frame++ % SPINNER.length]
    const line = [mark, text, elapsedText(elapsed)].filter(Boolean).join(' ')
    stream.write(CLEAR + line.slice(0, Math.max(20, (stream.columns() ?? 80) - 1)))
  }, FRAME)
  return {
    hear: (method, params) => {
      if (method === 'notifications/progress') text = progressText(params)
    },
    say: (what) => {
      text = what
    },
    end: () => {
      clearInterval(timer)
      if (drawn) stream.write(CLEAR)
    },
  }
}

/** `[██████░░░░] 60% 12/20 fetching` where there is a total, else `12 fetching`. */
export const progressText = (params: JsonObject): string => {
  const { progress, total, message } = isObject(params) ? params : {}
  const words = typeof message === 'string' ? printable(message) : ''
  if (typeof progress !== 'number') return words
  if (typeof total !== 'number' || !(total > 0)) return `${progress} ${words}`.trim()
  const share = Math.min(1, Math.max(0, progress / total))
  const full = Math.round(share * BAR)
  const bar = `[${'█'.repeat(full)}${'░'.repeat(BAR - full)}]`
  return `${bar} ${Math.round(share * 100)}% ${progress}/${total} ${words}`.trim()
}
