// Run as a process of its own, by a parent that closes the other end of its standard output.
import { createStdoutSink } from '../../../src/audit/sinks/stdout.ts'

const sink = createStdoutSink({ stream: process.stdout, retryAfter: 10 })
for (let turn = 0; turn < 4_000 && sink.status().state === 'up'; turn++) {
  sink.write('{"seq":1}')
  await Bun.sleep(5)
}
const { state, problem } = sink.status()
process.stderr.write(`${state} ${problem?.match(/E[A-Z]+/)?.[0]}\n`)
await sink.close()
process.exit(0)
