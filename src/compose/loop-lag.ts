/** How long the thread kept others waiting, as a timer that should fire often sees it. */
export type LoopLag = Readonly<{
  /** Milliseconds: the longest of the last samples. */
  worst: () => number
  close: () => void
}>

const STEP = 500
const SAMPLES = 30

/** @param tick milliseconds, monotonic */
export const watchLoopLag = (tick: () => number): LoopLag => {
  const samples: number[] = []
  let due = tick() + STEP
  const timer = setInterval(() => {
    const at = tick()
    samples.push(Math.max(0, at - due))
    if (samples.length > SAMPLES) samples.shift()
    due = at + STEP
  }, STEP)
  timer.unref()
  return {
    worst: () => Math.round(Math.max(0, tick() - due, ...samples) * 10) / 10,
    close: () => clearInterval(timer),
  }
}
