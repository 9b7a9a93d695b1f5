// Runs Bun with the given arguments on a machine that may have only Node and npm: takes the Bun at
// hand when it is new enough, else the pinned one through npx, and installs from the frozen lockfile.
import { spawnSync } from 'node:child_process'

const OLDEST = [1, 4, 5]
const PINNED = 'bun@1.4.5'

const run = (command, args, options = {}) =>
  spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32', ...options })

const isNewEnough = (version) => {
  const parts = version.trim().split(/[.-]/).map(Number)
  for (const [index, oldest] of OLDEST.entries()) {
    if (parts[index] !== oldest) return parts[index] > oldest
  }
  return true
}

const bunAtHand = () => {
  if (process.versions.bun && isNewEnough(process.versions.bun)) return [process.execPath]
  const probe = run('bun', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
  if (probe.status === 0 && isNewEnough(String(probe.stdout))) return ['bun']
  return undefined
}

// npm 12 blocks install scripts unless they are named; npm 11 does not know the flag and lets it be.
const bunFromNpm = ['npx', '--yes', '--allow-scripts=bun', PINNED]

const [command, ...prefix] = bunAtHand() ?? bunFromNpm
const installed = run(command, [...prefix, 'install', '--frozen-lockfile', '--silent'])
if (installed.status !== 0) {
  process.stderr.write('Installing from the frozen lockfile failed; the lines above say why.\n')
  process.exit(installed.status ?? 1)
}
const result = run(command, [...prefix, ...process.argv.slice(2)])
process.exit(result.status ?? (result.signal === 'SIGINT' ? 130 : 1))
