// Run as a process of its own: takes the lock, says so, and stays.
import { acquireLock } from '../../src/state/lock.ts'

const [directory = '', url = 'http://127.0.0.1:8000'] = process.argv.slice(2)
const lock = acquireLock(directory, { pid: process.pid, startedAt: '2026-11-22T10:00:00.000Z' })
lock.announce({ pid: process.pid, startedAt: '2026-11-22T10:00:00.000Z', port: 8000, url })
process.stdout.write('held\n')
// A lock that nothing refers to any more may be collected, and is let go with it.
setInterval(() => void lock, 1000)
process.on('exit', lock.release)
