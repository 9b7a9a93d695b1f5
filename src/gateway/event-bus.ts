import type { StreamEvent } from '../core/conversation.ts'
import type { GatewayEvent } from '../core/events.ts'

export type EventBus = Readonly<{
  /** Tells every watcher; never waits for one. */
  publish: (event: GatewayEvent) => void
  /**
   * The events after sequence number `after` (all that are still remembered when 0, only new ones when
   * undefined), then everything that comes. A watcher that is slower than the traffic loses the oldest
   * and is told how many, as is one that resumes further back than is remembered.
   */
  watch: (after: number | undefined) => ReadableStream<StreamEvent>
  watchers: () => number
  close: () => void
}>

type Watcher = { queue: StreamEvent[]; missed: number; gone: boolean; wake: () => void }

/**
 * Broadcasts settled events to whoever watches, bounded on every side: watching cannot hurt traffic.
 *
 * @param firstSequence the sequence number that the next event will have
 * @param remembered events kept for those who resume
 * @param backlog events one slow watcher may have waiting
 */
export const createEventBus = ({
  firstSequence = 1,
  remembered = 10_000,
  backlog = 1_000,
} = {}): EventBus => {
  const recent: GatewayEvent[] = []
  let forgotten = firstSequence - 1
  const watchers = new Set<Watcher>()

  const offer = (watcher: Watcher, event: StreamEvent) => {
    watcher.queue.push(event)
    if (watcher.queue.length > backlog) {
      watcher.queue.shift()
      watcher.missed++
    }
    watcher.wake()
  }

  const leave = (watcher: Watcher) => {
    watchers.delete(watcher)
    watcher.gone = true
    watcher.wake()
  }

  return {
    publish(event) {
      recent.push(event)
      if (recent.length > remembered) forgotten = recent.shift()?.seq ?? forgotten
      if (watchers.size === 0) return
      const told = toStreamEvent(event)
      for (const watcher of watchers) offer(watcher, told)
    },
    watch(after) {
      const watcher: Watcher = { queue: [], missed: 0, gone: false, wake: () => {} }
      if (after !== undefined) {
        watcher.missed = Math.max(0, forgotten - after)
        for (const event of recent) if (event.seq > after) offer(watcher, toStreamEvent(event))
      }
      watchers.add(watcher)
      return new ReadableStream<StreamEvent>(
        {
          pull: (controller) => tell(watcher, controller),
          cancel: () => leave(watcher),
        },
        { highWaterMark: 0 },
      )
    },
    watchers: () => watchers.size,
    close() {
      for (const watcher of watchers) leave(watcher)
    },
  }
}

const toStreamEvent = (event: GatewayEvent): StreamEvent => ({
  id: String(event.seq),
  data: JSON.stringify(event),
})

const tell = async (
  watcher: Watcher,
  controller: ReadableStreamDefaultController<StreamEvent>,
): Promise<void> => {
  if (watcher.queue.length === 0 && watcher.missed === 0 && !watcher.gone) {
    await new Promise<void>((resolve) => {
      watcher.wake = resolve
    })
  }
  if (watcher.missed > 0) {
    controller.enqueue({ data: JSON.stringify({ missed: watcher.missed }) })
    watcher.missed = 0
  }
  const next = watcher.queue.shift()
  if (next) controller.enqueue(next)
  // A stream that its reader cancelled is closed already; one that we end is not.
  else if (watcher.gone && controller.desiredSize !== null) closeQuietly(controller)
}

const closeQuietly = (controller: ReadableStreamDefaultController<StreamEvent>) => {
  try {
    controller.close()
  } catch {
    // Cancelled between the check and here: there is nobody left to tell.
  }
}
