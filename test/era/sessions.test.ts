import { describe, expect, test } from 'bun:test'
import type { Conversation } from '../../src/core/conversation.ts'
import { Overloaded, SessionNotFound } from '../../src/core/errors.ts'
import { createSessions } from '../../src/era/sessions.ts'

const conversation = (closed: string[], name: string): Conversation => ({
  era: 'legacy',
  send: () => Promise.resolve({ kind: 'accepted' }),
  listen: () => Promise.resolve({ kind: 'accepted' }),
  close: async () => {
    closed.push(name)
  },
})

const setUp = (limit = 2) => {
  let time = 0
  let next = 0
  const closed: string[] = []
  const sessions = createSessions({
    newId: () => `s${++next}`,
    now: () => time,
    idleTime: 1000,
    limit,
  })
  return { sessions, closed, pass: (ms: number) => (time += ms) }
}

describe('legacy sessions', () => {
  test('a session is found only by its owner, and only on its server', () => {
    const { sessions, closed } = setUp()
    const { id } = sessions.reserve('iss|alice', 'demo').create(conversation(closed, 'a'))
    expect(sessions.find(id, 'iss|alice', 'demo').id).toBe(id)
    expect(() => sessions.find(id, 'iss|bob', 'demo')).toThrow(SessionNotFound)
    expect(() => sessions.find(id, 'iss|alice', 'other')).toThrow(SessionNotFound)
    expect(() => sessions.find('nope', 'iss|alice', 'demo')).toThrow(SessionNotFound)
  })

  test('an ended session is gone and its conversation closed', async () => {
    const { sessions, closed } = setUp()
    const { id } = sessions.reserve('o', 'demo').create(conversation(closed, 'a'))
    await sessions.end(id)
    expect(closed).toEqual(['a'])
    expect(() => sessions.find(id, 'o', 'demo')).toThrow(SessionNotFound)
  })

  test('an idle session is swept, a used one stays', () => {
    const { sessions, closed, pass } = setUp()
    const used = sessions.reserve('o', 'demo').create(conversation(closed, 'used'))
    sessions.reserve('o', 'demo').create(conversation(closed, 'idle'))
    pass(900)
    sessions.find(used.id, 'o', 'demo')
    pass(200)
    sessions.sweep()
    expect(closed).toEqual(['idle'])
    expect(sessions.count()).toBe(1)
  })

  test('a place is taken before a session is opened, and free again when none came to it', () => {
    const { sessions, closed } = setUp(1)
    const place = sessions.reserve('o', 'demo')
    expect(() => sessions.reserve('o', 'demo')).toThrow(
      'You have 1 sessions with server demo, as many as one caller may have; close one that you do not need, or try again later',
    )
    sessions.reserve('o', 'other').release()
    place.release()
    const again = sessions.reserve('o', 'demo')
    again.create(conversation(closed, 'a'))
    again.release()
    expect(() => sessions.reserve('o', 'demo')).toThrow(Overloaded)
  })

  test('one principal cannot hold more sessions than the limit, another still can', () => {
    const { sessions, closed } = setUp(1)
    sessions.reserve('o', 'demo').create(conversation(closed, 'a'))
    expect(() => sessions.reserve('o', 'demo')).toThrow(Overloaded)
    expect(sessions.reserve('p', 'demo').create(conversation(closed, 'c')).owner).toBe('p')
  })
})
