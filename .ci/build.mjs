// Builds the binary: `bun .ci/build.mjs` for this machine, `bun .ci/build.mjs all` for every platform,
// with SHA256SUMS. The flags keep a compiled datacline from reading .env or bunfig.toml of the directory
// it is started in: the one is not its configuration, the other would be executed.
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

const PLATFORMS = [
  'linux-x64',
  'linux-x64-baseline',
  'linux-arm64',
  'linux-x64-musl',
  'darwin-x64',
  'darwin-arm64',
  'windows-x64',
]

/** The commit and its time, so that two builds of one commit are alike. */
const git = (...args) => String(Bun.spawnSync(['git', ...args]).stdout).trim()
const commit = git('rev-parse', '--short=12', 'HEAD') || 'unknown'
const built = git('show', '-s', '--format=%cI', 'HEAD') || 'unknown'

const build = (outfile, target) => {
  const { exitCode } = Bun.spawnSync(
    [
      process.execPath,
      'build',
      '--compile',
      '--minify',
      '--splitting',
      '--bytecode',
      '--format=esm',
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // Ink's development tools are no part of the program, and nothing may load them from elsewhere.
      '--external=react-devtools-core',
      '--define=process.env.DEV="false"',
      '--define=process.env.NODE_ENV="production"',
      `--define=DATACLINE_BUILD=${JSON.stringify({ commit, built })}`,
      ...(target === undefined ? [] : [`--target=bun-${target}`]),
      'src/main.ts',
      'src/state/record-worker.ts',
      'src/compose/history-worker.ts',
      '--outfile',
      outfile,
    ],
    { stdout: 'inherit', stderr: 'inherit' },
  )
  if (exitCode !== 0) process.exit(exitCode)
}

if (process.argv[2] !== 'all') {
  build('dist/datacline')
} else {
  rmSync('dist', { recursive: true, force: true })
  const sums = PLATFORMS.map((platform) => {
    const name = `datacline-${platform}${platform.startsWith('windows') ? '.exe' : ''}`
    build(`dist/${name}`, platform)
    const digest = createHash('sha256')
      .update(readFileSync(`dist/${name}`))
      .digest('hex')
    return `${digest}  ${name}\n`
  })
  writeFileSync('dist/SHA256SUMS', sums.join(''))
}
