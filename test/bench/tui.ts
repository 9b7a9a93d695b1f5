/**
 * The live terminal, measured on the compiled binary: from a request to its row on the screen, the
 * gateway's answers with a screen attached and without, memory while a long record is browsed, and the
 * time of one frame. Prints Markdown, and writes it when a file is named: `bun run bench:tui [FILE]`.
 */
import { join } from 'node:path'
import { bareEnvironment } from '../support/datacline.ts'
import { startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import { onScreen } from '../support/screen.ts'
import { frameFigures } from './frames.ts'
import { load, median, range, rawRequest } from './measure.ts'
import type { Paced, PacedFigures } from './paced.ts'

const WIDE = { columns: 160, rows: 50 } as const
/** Calls a second. */
const RATE = 200
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const BROWSED = Number(process.env.BENCH_EVENTS ?? 50_000)

const at = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN
const quantiles = (values: readonly number[]) =>
  [0.5, 0.95, 0.99].map((share) => at(values, share).toFixed(1)).join(' / ')

const gateway = () => startGateway({ args: ['--no-auth', '--demo'] })
const attached = (directory: string, drawn?: (bytes: string) => void) =>
  onScreen(['tui', '--config', directory], { cwd: directory, ...WIDE, ...(drawn && { drawn }) })

/**
 * A screen on a terminal that takes every byte and draws none: the emulator of the tests would take more
 * of the two cores than the program that is measured.
 */
const drained = async (directory: string) => {
  const live = Promise.withResolvers<void>()
  let first = ''
  const child = Bun.spawn([...PROGRAM, 'tui', '--config', directory], {
    cwd: directory,
    env: { TERM: 'xterm-256color', ...bareEnvironment(directory) },
    terminal: {
      cols: WIDE.columns,
      rows: WIDE.rows,
      data: (_terminal, bytes) => {
        if (first.includes('LIVE')) return
        first += Buffer.from(bytes).toString()
        if (first.includes('LIVE')) live.resolve()
      },
    },
  })
  await live.promise
  // What is measured is a screen that is watched, not one that starts.
  await Bun.sleep(1_500)
  return child
}

const paced = async (task: Paced): Promise<PacedFigures> => {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'paced.ts'), JSON.stringify(task)],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  return JSON.parse(await new Response(child.stdout).text()) as PacedFigures
}

/** Milliseconds from a request, one in ten of the load, to the first bytes that hold its name. */
const wireToRow = async (): Promise<readonly number[]> => {
  const { url, directory, close } = await gateway()
  const sent = new Map<string, number>()
  const seen: number[] = []
  const screen = attached(directory, (bytes) => {
    const now = performance.now()
    for (const [name, from] of sent) {
      if (!bytes.includes(name)) continue
      sent.delete(name)
      seen.push(now - from)
    }
  })
  await screen.sees('LIVE')
  const around = paced({ url, tools: ['add'], rate: RATE * 0.9, duration: SECONDS * 1000 })
  const until = performance.now() + SECONDS * 1000
  const calls: Promise<unknown>[] = []
  for (let count = 0; performance.now() < until; count++) {
    const name = `probe_${count}_`
    sent.set(name, performance.now())
    const body = JSON.stringify({ tool_name: name, parameters: {} })
    const headers = { 'content-type': 'application/json' }
    const asked = fetch(`${url}/mcp/invoke?mcp_server=demo`, { method: 'POST', headers, body })
    calls.push(asked.then((response) => response.arrayBuffer()))
    await Bun.sleep(1000 / (RATE * 0.1))
  }
  await Promise.all([around, ...calls])
  await Bun.sleep(500)
  // On a busy machine a batch can be longer than the list: such rows are never on the screen.
  console.log(`${sent.size} of ${calls.length} scrolled by unseen`)
  if (sent.size > calls.length / 10) throw new Error('most of the calls were not seen')
  screen.kill('SIGTERM')
  await screen.ended
  await close()
  return seen
}

/** The gateway's p99 without a screen and with one, in turns; milliseconds. */
const withAndWithout = async (): Promise<readonly (readonly [number, number])[]> => {
  const { url, directory, close } = await gateway()
  const measure = async () => (await paced({ url, tools: ['add'], rate: RATE, duration: 3000 })).p99
  await measure()
  const pairs: (readonly [number, number])[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await measure()
    const screen = await drained(directory)
    pairs.push([alone, await measure()])
    screen.kill('SIGTERM')
    await screen.exited
  }
  await close()
  return pairs
}

const residentOf = async (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(await Bun.file(`/proc/${pid}/status`).text())?.[1]) / 1024

/** Resident megabytes of the screen while a record is browsed from its newest call to its first. */
const browse = async (): Promise<readonly number[]> => {
  const { url, directory, close } = await gateway()
  const request = rawRequest(
    url,
    '/mcp/invoke?mcp_server=demo',
    { tool_name: 'add', parameters: { a: 1, b: 2 } },
    {},
  )
  const port = Number(new URL(url).port)
  let made = 0
  while (made < BROWSED) {
    const figures = await load({ port, request, connections: 16, duration: 2000 })
    made += Math.floor((figures.rate * 2000) / 1000)
  }
  const screen = attached(directory)
  await screen.sees('LIVE')
  const series: number[] = []
  for (let page = 0; !screen.text().includes('where the record begins'); page++) {
    const before = screen.text()
    screen.press('g')
    const deadline = performance.now() + 10_000
    while (screen.text() === before && performance.now() < deadline) await Bun.sleep(2)
    if (page % 10 === 0) series.push(await residentOf(screen.pid))
    if (page > BROWSED / 50) throw new Error(`the record has no beginning:\n${screen.text()}`)
  }
  console.log(`\n${made} calls were browsed`)
  screen.kill('SIGTERM')
  await screen.ended
  await close()
  return series
}

const lines: string[] = []
const say = (...more: readonly string[]) => {
  console.log(more.join('\n'))
  lines.push(...more)
}
const only = process.argv[2]?.startsWith('only=') ? process.argv[2].slice(5) : undefined
const wants = (name: string) => only === undefined || name === only

say('| what | figure | aim |', '|---|---|---|')
if (wants('frames')) {
  for (const [name, times] of Object.entries(await frameFigures())) {
    say(`| frame at 160×50, ${name}, p50 / p95 / p99 ms | ${quantiles(times)} | ≤ 16 |`)
  }
}
if (wants('row')) {
  const rows = await wireToRow()
  say(`| request to row at ${RATE} calls/s, p50 / p95 / p99 ms | ${quantiles(rows)} | ≤ 100 |`)
}
if (wants('attached')) {
  const pairs = await withAndWithout()
  const ratios = pairs.map(([alone, watched]) => watched / alone)
  const text = pairs.map((pair) => pair.map((each) => each.toFixed(1)).join(' → ')).join(', ')
  say(
    `| p99 without → with a screen, ms; ratio (range) | ${text}; ${median(ratios).toFixed(2)} (${range(ratios)}) | ≤ 1.3× |`,
  )
}
if (wants('browse')) {
  const series = await browse()
  const text = series.map((each) => each.toFixed(0)).join(' ')
  say(`| resident MB while ${BROWSED} calls are browsed | ${text} | flat |`)
}
const file = only === undefined ? process.argv[2] : undefined
if (file !== undefined) await Bun.write(file, `${lines.join('\n')}\n`)
process.exit(0)
