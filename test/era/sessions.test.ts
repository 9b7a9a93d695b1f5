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
    const { id } = sessions.create('iss|alice', 'demo', conversation(closed, 'a'))
    expect(sessions.find(id, 'iss|alice', 'demo').id).toBe(id)
    expect(() => sessions.find(id, 'iss|bob', 'demo')).toThrow(SessionNotFound)
    expect(() => sessions.find(id, 'iss|alice', 'other')).toThrow(SessionNotFound)
    expect(() => sessions.find('nope', 'iss|alice', 'demo')).toThrow(SessionNotFound)
  })

  test('an ended session is gone and its conversation closed', async () => {
    const { sessions, closed } = setUp()
    const { id } = sessions.create('o', 'demo', conversation(closed, 'a'))
    await sessions.end(id)
    expect(closed).toEqual(['a'])
    expect(() => sessions.find(id, 'o', 'demo')).toThrow(SessionNotFound)
  })

  test('an idle session is swept, a used one stays', () => {
    const { sessions, closed, pass } = setUp()
    const used = sessions.create('o', 'demo', conversation(closed, 'used'))
    sessions.create('o', 'demo', conversation(closed, 'idle'))
    pass(900)
    sessions.find(used.id, 'o', 'demo')
    pass(200)
    sessions.sweep()
    expect(closed).toEqual(['idle'])
    expect(sessions.count()).toBe(1)
  })

  test('one principal cannot hold more sessions than the limit, another still can', () => {
    const { sessions, closed } = setUp(1)
    sessions.create('o', 'demo', conversation(closed, 'a'))
    expect(() => sessions.create('o', 'demo', conversation(closed, 'b'))).toThrow(Overloaded)
    expect(sessions.create('p', 'demo', conversation(closed, 'c')).owner).toBe('p')
  })
})
