/**
 * One closed-loop load of the bench, as a process of its own so that it shares no event loop with what
 * it measures. Reads its task as JSON from its first argument, prints the figures as JSON.
 */
export type Load = Readonly<{
  port: number
  /** The exact bytes of one request. */
  request: string
  connections: number
  /** Milliseconds. */
  duration: number
}>

export type Figures = Readonly<{
  /** Requests a second. */
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
  errors: number
}>

const run = async ({ port, request, connections, duration }: Load): Promise<Figures> => {
  const latencies: number[] = []
  let errors = 0
  const until = performance.now() + duration

  const client = () =>
    new Promise<void>((resolve) => {
      let startedAt = 0
      let received = 0
      let expected = -1
      const send = (socket: Bun.Socket) => {
        startedAt = performance.now()
        received = 0
        expected = -1
        socket.write(request)
      }
      void Bun.connect({
        hostname: '127.0.0.1',
        port,
        socket: {
          open: send,
          data(socket, bytes) {
            received += bytes.length
            if (expected === -1) expected = lengthOf(bytes)
            if (received < expected) return
            const now = performance.now()
            latencies.push(now - startedAt)
            if (bytes[9] !== 50) errors++
            if (now < until) send(socket)
            else socket.end()
          },
          close: () => resolve(),
          error: () => {
            errors++
            resolve()
          },
          connectError: () => {
            errors++
            resolve()
          },
        },
      })
    })

  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, client))
  const elapsed = performance.now() - started
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  return { rate: (latencies.length / elapsed) * 1000, p50: at(0.5), p99: at(0.99), errors }
}

/** Head and body together, from a head that came in one piece; the whole of it is in the first packet. */
const lengthOf = (bytes: Uint8Array): number => {
  const text = Buffer.from(bytes).toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1]
  if (end === -1 || length === undefined) throw new Error(`an answer without a length: ${text}`)
  return end + 4 + Number(length)
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as Load)))
