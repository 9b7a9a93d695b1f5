import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { RealClient } from '../support/clients.ts'

/** One thing that a client does, and how to tell that it really happened. */
export type Step = Readonly<{
  name: string
  does: (client: RealClient) => Promise<unknown>
  /** Stands somewhere in what the client sees, so that two equal failures do not pass for success. */
  shows: string
  /** Stands in the notification that must follow, which is then part of what the client sees. */
  hears?: string
}>

type AskOptions = Readonly<{ name?: string; shows: string; hears?: string }>

/** A plain request. */
export const asks = (method: string, params: object, options: AskOptions): Step => ({
  name: options.name ?? `${method} ${JSON.stringify(params)}`,
  does: (client) => client.ask(method, params),
  shows: options.shows,
  ...(options.hears && { hears: options.hears }),
})

/** A tool call. */
export const calls = (name: string, given: object, shows: string, hears?: string): Step =>
  asks(
    'tools/call',
    { name, arguments: given },
    { name: `${name} ${JSON.stringify(given)}`, shows, ...(hears && { hears }) },
  )

/** A tool call whose progress is part of what is seen. */
export const watches = (name: string, given: object, shows: string): Step => ({
  name: `${name} ${JSON.stringify(given)} with progress`,
  shows,
  does: async (client) => {
    const progress: unknown[] = []
    const result = await client.ask(
      'tools/call',
      { name, arguments: given },
      { onprogress: (step) => progress.push(step) },
    )
    // The SDK may drop a last step whose answer comes on its heels.
    return { result, progress: progress.slice(0, 2) }
  },
})

/** A tool call that the client gives up after a while; that must not take long. */
export const cancels = (name: string, given: object): Step => ({
  name: `${name} ${JSON.stringify(given)}, cancelled`,
  shows: 'changed my mind',
  does: async (client) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort('changed my mind'), 150)
    const started = performance.now()
    const call = client.ask('tools/call', { name, arguments: given }, { signal: controller.signal })
    return await call.finally(() => expect(performance.now() - started).toBeLessThan(3_000))
  },
})

/** What the server said when the client connected. */
export const greets = (shows: string): Step => ({
  name: 'the server introduces itself',
  shows,
  does: async (client) => client.hello(),
})

/** What a client sees of one step: the result or the error, and the notification to wait for. */
export const observe = async (client: RealClient, step: Step): Promise<unknown> => {
  const before = client.heard.length
  const seen = await step.does(client).then(
    (result) => ({ result }),
    (error) => ({ error: describeError(error) }),
  )
  const awaited = step.hears
  if (awaited === undefined) return normalized(seen)
  // Notifications have a stream of their own, so others may arrive in between.
  const find = () => client.heard.slice(before).find((one) => JSON.stringify(one).includes(awaited))
  await until(() => find() !== undefined, `${step.name}: no ${awaited} within 5 s`)
  return normalized({ ...seen, heard: find() })
}

type Pair = Readonly<{ direct: RealClient; through: RealClient }>

/**
 * Tells the same story to a server twice, directly and through the gateway, step by step, and demands
 * that the client cannot tell the difference.
 */
export const tellTwice = (title: string, connect: () => Promise<Pair>, steps: readonly Step[]) =>
  describe(title, () => {
    let pair: Pair
    beforeAll(async () => {
      pair = await connect()
    })
    afterAll(async () => {
      await Promise.all([pair?.direct.close(), pair?.through.close()])
    })
    for (const step of steps) {
      test(step.name, async () => {
        const [direct, through] = await Promise.all([
          observe(pair.direct, step),
          observe(pair.through, step),
        ])
        expect(JSON.stringify(direct)).toContain(step.shows)
        expect(through).toEqual(direct)
      })
    }
  })

/** Waits for something that the other side is about to do. @throws Error after five seconds */
export const until = async (holds: () => boolean, complaint: string): Promise<void> => {
  const deadline = performance.now() + 5_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(complaint)
    await Bun.sleep(10)
  }
}

const describeError = (error: unknown) => {
  if (!(error instanceof Error)) return { thrown: String(error) }
  const { code, data } = error as { code?: unknown; data?: unknown }
  return { name: error.name, message: error.message, code, data }
}

const CLOCK = /\d{1,2}:\d{2}:\d{2}(\s[AP]M)?/g
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

// The reference server chooses the level of its simulated log messages at random.
const RANDOM_LEVEL = /"level":"\w+","data":"\w+[- ]level[- ]message[^"]*"/g

/** These the gateway must narrow: a list that it trims is not for everybody. */
const CACHE_HINTS = ['ttlMs', 'cacheScope']

/** Takes out what differs from call to call at the server itself: clock times, session ids, chance. */
const normalized = (seen: object): unknown =>
  JSON.parse(
    JSON.stringify(seen, (key, value) => {
      if (CACHE_HINTS.includes(key)) return undefined
      if (typeof value !== 'string') return value
      const text = key === 'blob' ? Buffer.from(value, 'base64').toString('latin1') : value
      return text.replace(CLOCK, '<clock>').replace(UUID, '<uuid>')
    }).replace(RANDOM_LEVEL, '"data":"<random>"'),
  )
