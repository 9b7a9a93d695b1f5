import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchFile } from '../../src/lib/watch-file.ts'
import { YamlFault } from '../../src/lib/yaml.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'
import { createPolicyStore } from '../../src/policy/policy-store.ts'
import { PolicyUnsound } from '../../src/policy/self-test.ts'
import { until } from '../support/until.ts'
import { anonymous, call, person, README_POLICY } from './people.ts'

const hashOf = (text: string) => loadPolicy(text, 'policy.yaml').hash

/** A store over a text that the test changes. */
const storeOf = (first: string | undefined, patience = 10) => {
  const seen = { changes: 0, faults: [] as string[] }
  let text: string | undefined | Error = first
  const store = createPolicyStore({
    read: () => {
      if (text instanceof Error) throw text
      return text
    },
    file: 'policy.yaml',
    onChange: () => {
      seen.changes += 1
    },
    onFault: (problem) => seen.faults.push(problem),
    patience,
  })
  const write = (next: string | undefined | Error) => {
    text = next
    store.reload()
  }
  return { store, seen, write, hash: () => store.current().policyHash }
}

test('a file on disk is in force as soon as it was saved', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'policy-'))
  const path = join(directory, 'policy.yaml')
  writeFileSync(path, README_POLICY)
  const store = createPolicyStore({ read: () => readFileSync(path, 'utf8'), file: 'policy.yaml' })
  const watch = watchFile(path, store.reload, { debounce: 10, poll: 50 })
  const next = README_POLICY.replace('default_policy: deny', 'default_policy: allow')
  writeFileSync(path, next)
  const inForce = () => store.current().policyHash
  expect(await until(inForce, (hash) => hash === hashOf(next))).toBe(hashOf(next))
  watch.close()
  store.close()
  rmSync(directory, { recursive: true })
})

describe('at start', () => {
  test('a bad file is refused with its place', () => {
    expect(() => storeOf('default_policy: Deny')).toThrow(YamlFault)
  })

  test('a missing file denies everything to whoever was authenticated', () => {
    const { store } = storeOf(undefined)
    expect(store.state()).toEqual({ state: 'missing', problem: 'policy.yaml is missing' })
    expect(store.current().decide(person('x'), call('s', 'x')).reason.code).toBe('no_policy')
    expect(store.current().decide(anonymous, call('s', 'x')).effect).toBe('permit')
  })

  test('an engine that fails its self-test is refused', () => {
    const broken = { judgeOf: () => () => undefined as never, onError: () => undefined }
    const judgeOf = () => () => 'yes' as never
    const options = { read: () => README_POLICY, file: 'p' }
    expect(() => createPolicyStore({ ...options, decision: broken })).not.toThrow()
    expect(() => createPolicyStore({ ...options, decision: { judgeOf } })).toThrow(PolicyUnsound)
  })
})

describe('flaw F12: while running', () => {
  const dev = person('dev@example.com')
  const echo = call('dev-server', 'echo')

  test('flaw F8: a role taken away is gone with the next reload, and one given is there', () => {
    const { store, seen, write } = storeOf(README_POLICY)
    expect(store.current().decide(dev, echo).effect).toBe('permit')
    write(README_POLICY.replace('  dev@example.com:\n    - developer\n', ''))
    expect(store.current().decide(dev, echo).effect).toBe('deny')
    write(README_POLICY)
    expect(store.current().decide(dev, echo).effect).toBe('permit')
    expect(seen).toEqual({ changes: 2, faults: [] })
  })

  test('a broken file keeps the policy before, and says where it is broken', () => {
    const { store, seen, write, hash } = storeOf(README_POLICY)
    write(README_POLICY.replace('action: deny', 'action: Deny'))
    expect(hash()).toBe(hashOf(README_POLICY))
    expect(store.state()).toMatchObject({ state: 'broken', line: 31 })
    expect(seen.faults[0]).toStartWith('policy.yaml:31:5 rules[0].action: expected allow | deny')
    write(README_POLICY)
    expect(store.state()).toEqual({ state: 'ok' })
    expect(seen.changes).toBe(0)
  })

  test('a file that cannot be read, or is gone, keeps the policy before', () => {
    const { store, write, hash } = storeOf(README_POLICY)
    write(new Error('EACCES'))
    expect(store.state()).toEqual({
      state: 'broken',
      problem: 'policy.yaml: EACCES',
      line: undefined,
    })
    write(undefined)
    expect(store.state().state).toBe('missing')
    expect(hash()).toBe(hashOf(README_POLICY))
  })

  test('a file that was taken away on purpose is not in force, and its absence is no fault', () => {
    const { store, write, hash, seen } = storeOf(undefined)
    write(README_POLICY)
    store.forget()
    expect(hash()).toBe('none')
    write(undefined)
    expect(store.state().state).toBe('missing')
    expect(seen.faults).toEqual([])
    write(README_POLICY)
    expect(hash()).toBe(hashOf(README_POLICY))
  })

  test('a file that appears comes into force', () => {
    const { store, write, hash } = storeOf(undefined)
    write(README_POLICY)
    expect(hash()).toBe(hashOf(README_POLICY))
    expect(store.state()).toEqual({ state: 'ok' })
  })

  test('a file that was cut at the end on purpose is believed after a while', async () => {
    const { store, write, hash } = storeOf(README_POLICY, 10)
    const shorter = README_POLICY.slice(0, README_POLICY.indexOf('default_policy'))
    write(shorter)
    expect(hash()).toBe(hashOf(README_POLICY))
    expect(await until(hash, (found) => found === hashOf(shorter))).toBe(hashOf(shorter))
    store.close()
  })

  test('200 mutations: the policy in force is always a whole one', () => {
    const whole = README_POLICY
    const bytes = new TextEncoder().encode(whole)
    const { store, write, hash } = storeOf(whole, 60_000)
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31
      return seed % below
    }
    const decode = (part: Uint8Array) => new TextDecoder().decode(part)
    const mutations = [
      () => decode(bytes.slice(0, random(bytes.length))),
      () => decode(bytes.slice(random(bytes.length - 1) + 1)),
      () => {
        const copy = bytes.slice()
        copy[random(copy.length)] = random(256)
        return decode(copy)
      },
      () => {
        const at = random(bytes.length - 40)
        return decode(bytes.slice(0, at)) + decode(bytes.slice(at + random(40)))
      },
    ]
    for (let round = 0; round < 200; round++) {
      const before = hash()
      const text = mutations[round % mutations.length]?.() ?? ''
      write(text)
      const refused = store.state().state === 'broken'
      const cut = whole.startsWith(text)
      // Either the mutation is a policy by itself and in force as a whole, or nothing has changed.
      expect(hash()).toBe(refused || (cut && text !== whole) ? before : hashOf(text))
      if (cut)
        expect(
          store.current().decide(person('admin@example.com'), call('prod-server', 'drop')).effect,
        ).toBe('deny')
      write(whole)
      expect(hash()).toBe(hashOf(whole))
    }
    store.close()
  })
})
