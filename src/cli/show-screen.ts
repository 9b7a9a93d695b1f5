import { isOn } from './is-on.ts'
import type { Lines } from './lines.ts'
import { openScreen } from './screen.ts'
import type { Surroundings } from './surroundings.ts'

/** On a terminal where somebody may watch, and nobody asked for lines. */
export const wantsScreen = (
  { environment, stdin, stdout }: Surroundings,
  flags: Readonly<{ 'no-tui': boolean }>,
): boolean => {
  if (flags['no-tui'] || environment.DATACLINE_UI === 'plain') return false
  if (isOn(environment.CI) || environment.TERM === 'dumb') return false
  return stdin.isTerminal && stdout.isTerminal
}

/**
 * Until somebody stops the gateway, there, by a signal or by closing the terminal; a screen that only ended leaves lines behind.
 *
 * @param args flags of `datacline tui`
 */
export const showScreen = async (
  around: Surroundings,
  args: readonly string[],
  lines: Lines,
  stopped: Promise<unknown>,
): Promise<void> => {
  lines.hold()
  const screen = openScreen(around, args)
  let isOver = false
  void stopped.then(() => {
    isOver = true
    return screen.end()
  })
  const { stopGateway } = await screen.left
  lines.flow()
  if (stopGateway || isOver || around.stdin.isClosed()) return
  around.stderr.write('the screen is gone, the gateway goes on; ctrl-c stops it\n')
  await stopped
}
