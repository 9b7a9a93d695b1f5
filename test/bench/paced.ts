/**
 * One load that does not wait for its answers, as a process of its own: so many requests a second over
 * kept connections. Reads its task as JSON from its first argument, prints the figures as JSON.
 */
export type Paced = Readonly<{
  url: string
  /** Tools of `demo`, called one after the other. */
  tools: readonly string[]
  /** Requests a second. */
  rate: number
  /** Milliseconds. */
  duration: number
}>

export type PacedFigures = Readonly<{
  sent: number
  errors: number
  /** Milliseconds. */
  p50: number
  p99: number
}>

/** Milliseconds between two looks at the clock. */
const STEP = 2

const run = async ({ url, tools, rate, duration }: Paced): Promise<PacedFigures> => {
  const latencies: number[] = []
  const pending: Promise<void>[] = []
  let errors = 0
  const one = async (tool: string) => {
    const from = performance.now()
    const response = await fetch(`${url}/mcp/invoke?mcp_server=demo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name: tool, parameters: { a: 1, b: 2 } }),
    })
    await response.arrayBuffer()
    latencies.push(performance.now() - from)
    if (!response.ok) errors++
  }
  const began = performance.now()
  for (;;) {
    const elapsed = performance.now() - began
    if (elapsed > duration) break
    while (pending.length < (elapsed / 1000) * rate) {
      pending.push(one(tools[pending.length % tools.length] ?? 'add'))
    }
    await Bun.sleep(STEP)
  }
  await Promise.all(pending)
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  return { sent: pending.length, errors, p50: at(0.5), p99: at(0.99) }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as Paced)))
