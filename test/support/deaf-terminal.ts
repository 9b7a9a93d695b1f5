/**
 * A terminal that does not look for a while, as a program of its own: it starts `argv` on a
 * pseudo-terminal, and each time a line comes on its standard input it stops reading for so many
 * milliseconds. What it says, in lines: the pid of the program, `deaf` and `hears` around the silence,
 * and `saw BYTES` for all that was read in the second after it.
 */
const child = Bun.spawn(process.argv.slice(2), {
  env: { ...process.env, TERM: 'xterm-256color' },
  terminal: {
    cols: 160,
    rows: 50,
    data: (_terminal, bytes) => {
      read += bytes.length
      text += new TextDecoder().decode(bytes)
    },
  },
})
let read = 0
let text = ''
const say = (line: string) => process.stdout.write(`${line}\n`)

const untilShown = async (wanted: string) => {
  while (!text.includes(wanted)) await Bun.sleep(20)
}

say(`pid ${child.pid}`)
await untilShown('LIVE')
say('live')
for await (const line of console) {
  if (line === 'quit') break
  say('deaf')
  // Nothing is read while this program sleeps: the kernel's buffer fills, and then writing waits.
  Bun.sleepSync(Number(line))
  const before = read
  say('hears')
  while (read === before) await Bun.sleep(20)
  await Bun.sleep(1_000)
  say(`saw ${read - before}`)
}
child.kill('SIGTERM')
await child.exited
say('over')
process.exit(0)
