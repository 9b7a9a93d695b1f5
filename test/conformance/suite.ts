import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

const PACKAGE = join(import.meta.dir, '../../node_modules/@modelcontextprotocol/conformance')

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof REVISIONS)[number]

/** The checks of each scenario: `id: STATUS`, as often as the suite made it. */
export type Outcome = ReadonlyMap<string, readonly string[]>

type RequirementSet = Readonly<{
  server: readonly string[]
  client: readonly string[]
  not_scored: readonly Readonly<{ scenario: string; leg: string }>[]
}>
type Check = Readonly<{ id: string; status: string }>

/** What a revision requires, and what its run reports besides. */
export const requirements = async (revision: Revision, role: 'server' | 'client') => {
  const text = await readFile(join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8')
  const set = parse(text) as RequirementSet
  const unscored = set.not_scored.filter((each) => each.leg === role)
  return { scored: set[role], unscored: unscored.map(({ scenario }) => scenario) }
}

/** Runs the suite's own program with these arguments and reads the checks that it wrote. */
const run = async (args: readonly string[], prefix: string): Promise<Outcome> => {
  const directory = await mkdtemp(join(tmpdir(), 'datacline-conformance-'))
  const child = Bun.spawn(
    [process.execPath, join(PACKAGE, 'dist/index.js'), ...args, '--output-dir', directory],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  )
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const outcome = new Map<string, readonly string[]>()
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    if (!name.endsWith('checks.json')) continue
    const checks = JSON.parse(await readFile(join(directory, name), 'utf8')) as readonly Check[]
    const scenario = name
      .replace(/-\d{4}-\d\d-\d\dT[\dZ-]+\/checks\.json$/, '')
      .slice(prefix.length)
    outcome.set(scenario, checks.filter(isVerdict).map(lineOf).sort())
  }
  await rm(directory, { recursive: true, force: true })
  if (outcome.size === 0) throw new Error(`The suite wrote no checks:\n${out}\n${err}`)
  return outcome
}

const lineOf = ({ id, status }: Check) => `${id}: ${status}`
/** What the suite only noted down on its way is no check. */
const isVerdict = ({ status }: Check) => status !== 'INFO'

/** All that a revision asks of a server. */
export const runServerSuite = (url: string, revision: Revision): Promise<Outcome> =>
  run(['server', '--url', url, '--requirements', revision], 'server-')

/**
 * One scenario that a revision asks of a client, started by `command` with the server's address. Each
 * check counts once: the gateway's own question about the era may make the suite repeat one.
 */
export const runClientScenario = async (
  command: string,
  revision: Revision,
  scenario: string,
): Promise<Outcome> => {
  const task = ['--scenario', scenario, '--spec-version', revision]
  const outcome = await run(['client', '--command', command, ...task], '')
  return new Map([...outcome].map(([name, checks]) => [name, [...new Set(checks)]]))
}

const failed = (checks: readonly string[] = []) => checks.some((each) => each.endsWith(': FAILURE'))

/** How many of these scenarios have checks, and none that failed. */
export const passed = (outcome: Outcome, scenarios: readonly string[]): number =>
  scenarios.filter((scenario) => outcome.has(scenario) && !failed(outcome.get(scenario))).length

/** The checks that fell out differently, one line each; nothing when both saw the same. */
export const differences = (direct: Outcome, through: Outcome): readonly string[] =>
  [...new Set([...direct.keys(), ...through.keys()])].flatMap((scenario) => {
    const before = direct.get(scenario) ?? []
    const after = through.get(scenario) ?? []
    return [...new Set([...before, ...after])]
      .map((check) => ({ check, direct: count(before, check), through: count(after, check) }))
      .filter((each) => each.direct !== each.through)
      .map(
        (each) => `${scenario} | ${each.check} | direct ${each.direct}× | through ${each.through}×`,
      )
  })

const count = (checks: readonly string[], check: string) =>
  checks.filter((each) => each === check).length
