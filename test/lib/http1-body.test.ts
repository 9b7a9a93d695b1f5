import { describe, expect, test } from 'bun:test'
import { createBodyQueue } from '../../src/lib/http1-body.ts'

const MUCH = new Uint8Array(300 * 1024)

const watched = () => {
  const heard: string[] = []
  const queue = createBodyQueue({
    pause: () => heard.push('pause'),
    resume: () => heard.push('resume'),
    cancel: () => heard.push('cancel'),
  })
  return { heard, queue }
}

describe('the body of a response', () => {
  test('holds its peer back while too much waits, until some of it was read', async () => {
    const { heard, queue } = watched()
    queue.push(MUCH)
    expect(heard).toEqual(['pause'])
    await queue.body.read()
    expect(heard).toEqual(['pause', 'resume'])
  })

  test('that has come in full holds nobody back, read or not', async () => {
    const { heard, queue } = watched()
    queue.push(MUCH)
    queue.end()
    expect(heard).toEqual(['pause', 'resume'])
    expect(await queue.body.read()).toBe(MUCH)
    expect(await queue.body.read()).toBeUndefined()
    expect(heard).toEqual(['pause', 'resume'])
  })

  test('that has come in full closes no connection when it is given up', () => {
    const { heard, queue } = watched()
    queue.push(new Uint8Array(1))
    queue.end()
    queue.body.cancel()
    expect(heard).toEqual([])
  })
})
