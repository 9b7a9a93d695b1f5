import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { startEverythingHttp, temporaryDirectory } from './servers.ts'

// The Inspector and the Node it needs are too heavy for everybody's installation, so they are fetched
// when this file is run by name: bun test ./test/e2e/inspector.slow.ts
const PACKAGES = ['@modelcontextprotocol/inspector@2.12.0', 'node@26.10.0']

type Cleanup = () => Promise<unknown>
const cleanups: Cleanup[] = []
let installation: string
let everything: Awaited<ReturnType<typeof startEverythingHttp>>
let fixture: ModernServer
let gateway: Gateway

beforeAll(async () => {
  const directory = await temporaryDirectory()
  cleanups.push(directory.remove)
  installation = directory.path
  await install(installation)
  everything = await startEverythingHttp()
  cleanups.push(everything.close)
  fixture = startModernServer({ eras: ['modern'] })
  cleanups.push(fixture.close)
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      everything: { type: 'http', url: everything.url },
      fixture: { type: 'http', url: fixture.url },
    },
  })
  cleanups.push(gateway.close)
}, 300_000)

afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean()
})

const LEGACY = [
  ['--method', 'tools/list'],
  ['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello world'],
  ['--method', 'tools/call', '--tool-name', 'get-sum', '--tool-args-json', '{"a":2,"b":40}'],
  ['--method', 'tools/call', '--tool-name', 'get-tiny-image'],
  ['--method', 'tools/call', '--tool-name', 'get-sum', '--tool-args-json', '{"a":"x"}'],
  ['--method', 'tools/call', '--tool-name', 'no-such-tool'],
  ['--method', 'resources/list'],
  ['--method', 'resources/templates/list'],
  ['--method', 'resources/read', '--uri', 'demo://resource/static/document/features.md'],
  ['--method', 'resources/read', '--uri', 'demo://resource/nowhere'],
  ['--method', 'prompts/list'],
  ['--method', 'prompts/get', '--prompt-name', 'args-prompt', '--prompt-args', 'city=Bern'],
  ['--method', 'logging/setLevel', '--log-level', 'debug'],
]

const MODERN = [
  ['--method', 'tools/list'],
  ['--method', 'tools/call', '--tool-name', 'greet', '--tool-arg', 'name=Ada'],
  ['--method', 'tools/call', '--tool-name', 'measure'],
  ['--method', 'tools/call', '--tool-name', 'show'],
  ['--method', 'tools/call', '--tool-name', 'fail'],
  ['--method', 'resources/list'],
  ['--method', 'resources/read', '--uri', 'fixture://two'],
  ['--method', 'prompts/get', '--prompt-name', 'travel', '--prompt-args', 'city=Bern'],
]

test.each(LEGACY.map((words) => [words.join(' '), words] as const))(
  'the Inspector of the legacy era sees the same: %s',
  async (_, words) => {
    const era = ['--protocol-era', 'legacy']
    const direct = await inspect(everything.url, [...era, ...words])
    const through = await inspect(`${gateway.url}/servers/everything/mcp`, [...era, ...words])
    expect(direct.stdout + direct.stderr).not.toBe('')
    expect(through).toEqual(direct)
  },
  30_000,
)

test.each(MODERN.map((words) => [words.join(' '), words] as const))(
  'the Inspector of the modern era sees the same: %s',
  async (_, words) => {
    const era = ['--protocol-era', 'modern']
    const direct = await inspect(fixture.url, [...era, ...words])
    const through = await inspect(`${gateway.url}/servers/fixture/mcp`, [...era, ...words])
    expect(direct.stdout).not.toBe('')
    expect(through).toEqual(direct)
  },
  30_000,
)

const install = async (directory: string) => {
  // npm 12 runs no install script that is not named here; the one of `node` puts its binary in place.
  const manifest = { private: true, allowScripts: { node: true } }
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
  const npm = Bun.spawn(['npm', 'install', '--no-audit', '--no-fund', ...PACKAGES], {
    cwd: directory,
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const complaints = await npm.stderr.text()
  if ((await npm.exited) !== 0) throw new Error(`npm install failed:\n${complaints}`)
}

/** One run of the Inspector's command line. What it keeps for itself it keeps in the installation. */
const inspect = async (url: string, words: readonly string[]) => {
  const modules = join(installation, 'node_modules')
  const launcher = '@modelcontextprotocol/inspector/clients/launcher/build/index.js'
  const child = Bun.spawn(
    [
      join(modules, 'node/bin/node'),
      join(modules, launcher),
      '--cli',
      url,
      ...['--transport', 'http', '--stored-auth-only'],
      ...words,
    ],
    {
      cwd: installation,
      env: { PATH: process.env.PATH ?? '', HOME: installation },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    },
  )
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  const exitCode = await child.exited
  return { exitCode, stdout: stdout.replaceAll(url, 'URL'), stderr: stderr.replaceAll(url, 'URL') }
}
