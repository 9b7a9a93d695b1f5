/**
 * One closed-loop load of the bench, as a process of its own so that it shares no event loop with what
 * it measures. Reads its task as JSON from its first argument, prints the figures as JSON.
 */
export type Load = Readonly<{
  port: number
  /** The exact bytes of one request; where it says `"id":1000`, each connection counts on from there. */
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

  const client = (_: unknown, index: number) =>
    new Promise<void>((resolve) => {
      let startedAt = 0
      let received = 0
      let expected = -1
      let head = ''
      const bytes = request.replace('"id":1000,', `"id":${1000 + index},`)
      const send = (socket: Bun.Socket) => {
        startedAt = performance.now()
        received = 0
        expected = -1
        head = ''
        socket.write(bytes)
      }
      const fail = () => {
        errors++
        resolve()
      }
      void Bun.connect({
        hostname: '127.0.0.1',
        port,
        socket: {
          open: send,
          data(socket, part) {
            received += part.length
            if (expected === -1) {
              head += Buffer.from(part).toString('latin1')
              expected = lengthOf(head)
            }
            if (expected === -1 || received < expected) return
            const now = performance.now()
            latencies.push(now - startedAt)
            if (!head.startsWith('HTTP/1.1 2')) errors++
            if (now < until) send(socket)
            else socket.end()
          },
          close: () => resolve(),
          error: fail,
          connectError: fail,
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

/** Bytes of head and body together; -1 until the head is whole. */
const lengthOf = (text: string): number => {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return -1
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, end)}`)
  return end + 4 + Number(length)
}

// A server that stops answering must not stop the bench.
setTimeout(
  () => process.exit(1),
  ((JSON.parse(process.argv[2] ?? '{}') as Load).duration ?? 0) + 15_000,
).unref()
console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as Load)))
