import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createBoundedMap } from '../../src/lib/bounded-map.ts'

describe('a bounded map', () => {
  test('the oldest entry makes room for a new one', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('c', 3)
    expect([...map.values()]).toEqual([2, 3])
    expect([map.has('a'), map.has('b'), map.has('c')]).toEqual([false, true, true])
    expect(map.get('a')).toBeUndefined()
  })

  test('an entry that is set again is the newest, and no other has to go', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    expect([...map.values()]).toEqual([2, 3])
    map.set('c', 4)
    expect([...map.values()]).toEqual([3, 4])
  })

  test('an entry that was deleted leaves its room', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect([map.delete('a'), map.delete('a')]).toEqual([true, false])
    map.set('c', 3)
    expect([...map.values()]).toEqual([2, 3])
  })

  test('it holds what was set last, in that order, whatever happens to it', () => {
    const step = fc.record({ deletes: fc.boolean(), key: fc.nat(9) })
    fc.assert(
      fc.property(fc.nat(5), fc.array(step), (limit, steps) => {
        const map = createBoundedMap<number, number>(limit)
        let wanted: number[] = []
        for (const { deletes, key } of steps) {
          wanted = wanted.filter((each) => each !== key)
          if (deletes) {
            map.delete(key)
            continue
          }
          map.set(key, key)
          wanted = limit === 0 ? [] : [...wanted, key].slice(-limit)
        }
        expect([...map.values()]).toEqual(wanted)
      }),
    )
  })
})
