import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PROGRAM } from './program.ts'

/** Exactly what the gateway prints on stderr when its door is open. */
const LISTENING = /listening on (http:\/\/\S+)/

export type Gateway = Readonly<{
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  url: string
  /** The directory that holds its configuration and its state. */
  directory: string
  /** The token that lets a local operator attach; empty until the gateway wrote it. */
  operatorToken: () => Promise<string>
  /** All of it so far. */
  stdout: () => string
  stderr: () => string
  pid: number
  /** Sends the signal, waits for the end, and gives the exit code (null when the signal ended it). */
  kill: (signal: NodeJS.Signals) => Promise<number | null>
  /** Ends the gateway and removes its directory. */
  close: () => Promise<void>
}>

export type GatewayOptions = Readonly<{
  /** After `serve --config DIR --port 0`. */
  args?: readonly string[]
  /** Added to a bare environment; nothing of the tests' own environment but PATH is passed on. */
  env?: Readonly<Record<string, string>>
  /** What `mcp_servers.yaml` lists; no such file without it. */
  servers?: Readonly<Record<string, unknown>>
  /** The text of `policies/policy.yaml`; no such file without it. */
  policy?: string
  /** More files, by their path inside the directory. */
  files?: Readonly<Record<string, string>>
  /** An existing directory, to start again on the same state; it is then the caller's to remove. */
  directory?: string
  /** Milliseconds. */
  patience?: number
}>

/**
 * The real gateway, as a process of its own on a free port, in a fresh directory.
 *
 * @throws Error with what it printed, when it ends or stays silent instead of listening
 */
export const startGateway = async (options: GatewayOptions = {}): Promise<Gateway> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'datacline-')))
  await writeFiles(directory, options)
  const child = Bun.spawn(
    [...PROGRAM, 'serve', '--config', directory, '--port', '0', ...(options.args ?? [])],
    {
      cwd: directory,
      env: { PATH: process.env.PATH ?? '', HOME: directory, ...options.env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    },
  )
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await child.exited
    return child.exitCode
  }
  const close = async () => {
    const reaper = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await kill('SIGTERM')
    clearTimeout(reaper)
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
  }
  const found = await Promise.race([
    stderr.find(LISTENING),
    child.exited.then(() => stderr.ended).then(() => undefined),
    Bun.sleep(options.patience ?? 15_000).then(() => undefined),
  ])
  const url = found?.[1]
  if (url === undefined) {
    const printed = `${stdout.text()}\n${stderr.text()}`.trim()
    const ending = child.exitCode === null ? 'did not listen in time' : `exited ${child.exitCode}`
    await close()
    throw new Error(`The gateway ${ending}:\n${printed}`)
  }
  return {
    url: url.replace(/\/$/, ''),
    directory,
    operatorToken: async () =>
      (await readFile(join(directory, '.datacline/operator.token'), 'utf8')).trim(),
    stdout: stdout.text,
    stderr: stderr.text,
    pid: child.pid,
    kill,
    close,
  }
}

const writeFiles = async (directory: string, { servers, policy, files }: GatewayOptions) => {
  const all = {
    // JSON is YAML, and quotes whatever needs quoting.
    ...(servers && { 'mcp_servers.yaml': JSON.stringify({ servers }, null, 2) }),
    ...(policy !== undefined && { 'policies/policy.yaml': policy }),
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { mode: 0o600 })
  }
}

/** What a stream has said so far, and a promise for the first match of a pattern in it. */
export const collect = (stream: ReadableStream<Uint8Array>) => {
  let text = ''
  const waiting = new Set<() => void>()
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true })
      for (const look of [...waiting]) look()
    }
  })()
  const find = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolveMatch) => {
      const look = () => {
        const match = pattern.exec(text)
        // A line may arrive in pieces: what stands at its end may not be whole yet.
        if (match === null || text[match.index + match[0].length] === undefined) return
        waiting.delete(look)
        resolveMatch(match)
      }
      waiting.add(look)
      look()
    })
  return { text: () => text, find, ended }
}
