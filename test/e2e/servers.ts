import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collect } from '../support/gateway.ts'

/** How to start a server over stdio: for a client directly, or for `mcp_servers.yaml`. */
export type Command = Readonly<{
  command: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
}>

/** These servers are written for Node; where there is none, Bun runs them as well. */
const runtime = Bun.which('node') ?? process.execPath

const entry = (name: string) =>
  Bun.resolveSync(`@modelcontextprotocol/${name}/dist/index.js`, import.meta.dir)

export const everything = (): Command => ({
  command: runtime,
  args: [entry('server-everything'), 'stdio'],
})

export const filesystem = (root: string): Command => ({
  command: runtime,
  args: [entry('server-filesystem'), root],
})

/** Each needs a file of its own to remember in. */
export const memory = (file: string): Command => ({
  command: runtime,
  args: [entry('server-memory')],
  env: { MEMORY_FILE_PATH: file },
})

/** The same as an entry of `mcp_servers.yaml`. */
export const stdioEntry = ({ command, args, env }: Command) => ({
  type: 'stdio',
  command,
  args,
  ...(env && { env }),
})

/** The reference server over Streamable HTTP, as a process of its own. */
export const startEverythingHttp = async () => {
  const port = await freePort()
  const child = Bun.spawn([runtime, entry('server-everything'), 'streamableHttp'], {
    env: { PATH: process.env.PATH ?? '', PORT: String(port) },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  await Promise.race([
    collect(child.stderr).find(/listening on port \d+/),
    child.exited.then((code) => {
      throw new Error(`server-everything exited ${code}`)
    }),
  ])
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

/** A fresh directory with files in it, by name. */
export const temporaryDirectory = async (files: Readonly<Record<string, string>> = {}) => {
  const path = await mkdtemp(join(tmpdir(), 'datacline-e2e-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

// The server cannot be told to choose a port itself; below 32768 no outgoing connection takes it.
const freePort = async () => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    try {
      await Bun.serve({ hostname: '127.0.0.1', port, fetch: () => new Response() }).stop(true)
      return port
    } catch {}
  }
  throw new Error('No free port')
}
