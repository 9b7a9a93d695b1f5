// Run as a process of its own: appends rows and says on stdout which are acknowledged.
import { writeSync } from 'node:fs'
import { createWriter } from '../../src/state/writer.ts'
import { notesTable } from './table.ts'

const [directory = '', first = '1'] = process.argv.slice(2)
const writer = createWriter({ table: notesTable(directory) })
let next = Number(first)

const appendForever = async () => {
  for (;;) {
    const seq = next++
    await writer.append([[seq, 'x'.repeat(400)]])
    writeSync(1, `${seq}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, appendForever))
