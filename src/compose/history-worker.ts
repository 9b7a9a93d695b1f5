import { openHistory } from './history.ts'
import type { HistoryAnswer, HistoryAsked, HistorySource } from './history-thread.ts'

// The entry of the Worker that reads the record: a search through a million rows must not hold up the
// thread that serves traffic. The first message says which file; each further one is a question.

declare const self: Worker

let source: HistorySource | undefined
let now = 0
let open: ReturnType<typeof openHistory> | undefined

const answer = ({ page, one }: HistoryAsked): string | undefined => {
  if (source === undefined) throw new Error('nobody said which record')
  open ??= openHistory(source, () => now)
  if (page !== undefined) return JSON.stringify(open.page(page))
  const detail = open.one(one ?? '')
  return detail && JSON.stringify(detail)
}

const attempt = (asked: HistoryAsked): HistoryAnswer => {
  now = asked.now
  try {
    return { id: asked.id, text: answer(asked) }
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    const place =
      cause instanceof Error && 'at' in cause && typeof cause.at === 'number' ? cause.at : undefined
    return { id: asked.id, problem, at: place }
  }
}

self.onmessage = ({ data }: MessageEvent<string>) => {
  if (source === undefined) source = JSON.parse(data) as HistorySource
  else self.postMessage(JSON.stringify(attempt(JSON.parse(data) as HistoryAsked)))
}
