import type { Abortable } from './abortable.ts'

/**
 * Resolves after so many milliseconds, or as soon as the signal is aborted; never rejects, and leaves no
 * listener behind.
 *
 * @param options.idle whether the program may end meanwhile when it has nothing else to do
 */
export const pauseFor = (
  milliseconds: number,
  signal: Abortable,
  { idle = false }: Readonly<{ idle?: boolean }> = {},
): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (idle) timer.unref()
    signal.addEventListener('abort', end, { once: true })
  })
