// Run as a process of its own under a limit on the size of files.
import { createJsonLinesSink } from '../../../src/audit/sinks/json-lines.ts'

process.on('SIGXFSZ', () => {})
const [path = ''] = process.argv.slice(2)
const sink = createJsonLinesSink({ path, retryAfter: 60_000 })
for (let count = 0; count < 4; count++) {
  sink.write(JSON.stringify({ timestamp: count, text: 'x'.repeat(3000) }))
  await sink.flush()
}
const { state, waiting } = sink.status()
process.stdout.write(`${state} ${waiting}\n`)
process.exit(0)
