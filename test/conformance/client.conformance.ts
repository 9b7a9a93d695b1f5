import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { differences, passed, REVISIONS, requirements, runClientScenario } from './suite.ts'

const CLIENT = `${process.execPath} ${join(import.meta.dir, 'everything-client.ts')}`

/** In the `auth/` scenarios the client must find its way through OAuth, which is no business of a gateway. */
const isOurs = (scenario: string) => !scenario.startsWith('auth/')

for (const revision of REVISIONS) {
  const { scored, unscored } = await requirements(revision, 'client')
  describe(`the client suite of ${revision}`, () => {
    test.each([...scored, ...unscored].filter(isOurs))(
      '%s: the suite sees the same client through the gateway as directly',
      async (scenario) => {
        const [direct, through] = await Promise.all([
          runClientScenario(CLIENT, revision, scenario),
          runClientScenario(`${CLIENT} --gateway`, revision, scenario),
        ])
        expect(differences(direct, through)).toEqual([])
        expect(passed(direct, [scenario])).toBe(1)
      },
    )
  })
}
