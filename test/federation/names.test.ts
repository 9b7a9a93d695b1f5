import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createDirectory } from '../../src/federation/directory.ts'
import { type Face, faceOf } from '../../src/federation/face.ts'
import { aliasOf, federatedUri, labelOf, readUri, schemeOf } from '../../src/federation/names.ts'
import { federatedId, readId } from '../../src/federation/server-ids.ts'

/** What a servers file accepts as a name. */
const serverName = fc
  .stringMatching(/^[A-Za-z0-9._-]{1,64}$/)
  .filter((name) => !name.includes('__') && !name.endsWith('_'))
const itemName = fc.string({ unit: fc.constantFrom(...'ab_ -.xé:/0'), minLength: 1, maxLength: 90 })
const face = (servers: readonly string[]): Face => {
  const found = faceOf('servers/*', servers, [])
  if (found === undefined) throw new Error('no face')
  return found
}

describe('an alias', () => {
  test('is what every client takes, and starts with the server', () => {
    fc.assert(
      fc.property(serverName, itemName, (server, name) => {
        const alias = aliasOf(server, name)
        expect(alias).toMatch(/^[A-Za-z0-9_.-]{1,64}$/)
        expect(alias.startsWith(`${labelOf(server)}__`)).toBe(true)
      }),
    )
  })

  test('is never that of another item, whatever they are called', () => {
    const servers = fc.uniqueArray(serverName, {
      minLength: 1,
      maxLength: 4,
      selector: (name) => name.toLowerCase(),
    })
    fc.assert(
      fc.property(
        servers,
        fc.uniqueArray(itemName, { minLength: 1, maxLength: 12 }),
        (all, names) => {
          const aliases = all.flatMap((server) => names.map((name) => aliasOf(server, name)))
          // What an attacker would call a tool to be taken for another one.
          const posing = all.flatMap((server) =>
            aliases
              .filter((alias) => alias.startsWith(`${labelOf(server)}__`))
              .map((alias) => alias.slice(labelOf(server).length + 2))
              .filter((name) => !names.includes(name))
              .map((name) => aliasOf(server, name)),
          )
          const unposed = new Set(aliases)
          expect(unposed.size).toBe(aliases.length)
          expect(posing.filter((alias) => unposed.has(alias))).toEqual([])
        },
      ),
    )
  })

  test('leads back to its item once a list has shown it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(serverName, itemName), { minLength: 1, maxLength: 8 }),
        (items) => {
          const unique = new Map(
            items.map(([server, name]) => [server.toLowerCase(), { server, name }]),
          )
          const directory = createDirectory()
          const all = face([...unique.values()].map(({ server }) => server))
          for (const item of unique.values()) {
            const alias = directory.nameOf('tool', item)
            expect(directory.find(all, 'tool', alias)).toEqual(item)
          }
        },
      ),
    )
  })

  test('of a name that no list has shown names the server that can tell', () => {
    const directory = createDirectory()
    const alias = aliasOf('files', 'a tool')
    expect(directory.find(face(['files']), 'tool', alias)).toBeUndefined()
    expect(directory.teacher(face(['files']), 'tool', alias)).toBe('files')
    expect(directory.teacher(face(['others']), 'tool', alias)).toBeUndefined()
  })
})

describe('a federated URI', () => {
  test('is a URI with a scheme, and leads back to its server', () => {
    fc.assert(
      fc.property(serverName, fc.string({ minLength: 1 }), (server, uri) => {
        const federated = federatedUri(server, uri)
        expect(readUri(federated)?.uri).toBe(uri)
        expect(schemeOf(server)).toMatch(/^[a-z][a-z0-9.-]*$/)
        const item = createDirectory().find(face([server]), 'resource', federated)
        expect(item).toEqual({ server, name: uri })
      }),
    )
  })

  test('keeps a template a template', () => {
    expect(federatedUri('demo', 'demo://users/{id}')).toBe('demo+demo://users/{id}')
  })

  test('of an app keeps the scheme by which hosts know it', () => {
    expect(federatedUri('demo', 'ui://chart')).toBe('ui://demo+chart')
  })

  test('is read in any case of the server, as clients normalise schemes', () => {
    const item = createDirectory().find(face(['Demo']), 'resource', 'demo+file:///A')
    expect(item).toEqual({ server: 'Demo', name: 'file:///A' })
  })
})

test.each([0, 'a', '12:34', -7])('the id %p of a server’s request comes back as it was', (id) => {
  expect(readId(federatedId('old', id))).toEqual({ label: 'old', id })
})

test('a group shows what its globs name, from end to end and in their case', () => {
  const group = faceOf(
    'groups/g',
    ['s'],
    [
      {
        name: 'g',
        description: undefined,
        members: [{ server: 's', tools: ['get_*', '*a*b'], prompts: [], resources: ['x://*'] }],
      },
    ],
  )
  const shown = (name: string) => group?.members[0]?.shows('tool', name)
  expect(['get_', 'get_user', 'xaxb', 'ab'].map(shown)).toEqual([true, true, true, true])
  expect(['forget_x', 'Get_user', 'ba', 'xabx'].map(shown)).toEqual([false, false, false, false])
  expect(group?.members[0]?.shows('prompt', 'any')).toBe(false)
})
