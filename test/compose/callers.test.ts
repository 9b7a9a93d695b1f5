import { expect, test } from 'bun:test'
import { createCallers } from '../../src/compose/callers.ts'
import { localPrincipal, type Principal, principalId } from '../../src/core/principal.ts'

const SOURCE = { address: undefined, local: true }
const named = (subject: string): Principal => localPrincipal(subject, 'local-developer')

test('whoever is authenticated is remembered, as they were established the last time', async () => {
  const callers = createCallers()
  let scopes: readonly string[] = ['once']
  const authenticate = callers.remembering(() => ({ ...named('ada'), scopes }))
  await authenticate(undefined, SOURCE)
  scopes = ['twice']
  await authenticate(undefined, SOURCE)
  expect(callers.find(principalId(named('ada')))?.scopes).toEqual(['twice'])
  expect(callers.find(principalId(named('bob')))).toBeUndefined()
})

test('who is known at once is answered at once, and who is asked about is waited for', async () => {
  const callers = createCallers()
  const ada = named('ada')
  expect(callers.remembering(() => ada)(undefined, SOURCE)).toBe(ada)
  const bob = Promise.resolve(named('bob'))
  expect(await callers.remembering(() => bob)(undefined, SOURCE)).toBe(await bob)
  expect(callers.find(principalId(await bob))).toBe(await bob)
})

test('whoever is refused is not remembered, and is refused', () => {
  const callers = createCallers()
  const refusing = callers.remembering(() => {
    throw new Error('no')
  })
  expect(() => refusing(undefined, SOURCE)).toThrow('no')
})

test('those who have been quiet longest are forgotten first', async () => {
  const callers = createCallers(2)
  for (const name of ['ada', 'bob', 'ada', 'eve']) {
    await callers.remembering(() => named(name))(undefined, SOURCE)
  }
  const known = ['ada', 'bob', 'eve'].filter((name) => callers.find(principalId(named(name))))
  expect(known).toEqual(['ada', 'eve'])
})
