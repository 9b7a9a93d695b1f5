/** Hours, minutes and seconds where the screen stands; `precise` adds milliseconds. */
export const clock = (at: number, zone: number, precise = false): string =>
  Number.isFinite(at)
    ? new Date(at - zone * 60_000).toISOString().slice(11, precise ? 23 : 19)
    : '--:--:--'

/** A duration as the list shows it: milliseconds, or seconds while it goes on. */
export const elapsed = (milliseconds: number): string =>
  milliseconds < 10_000 ? String(Math.max(0, milliseconds)) : `${Math.floor(milliseconds / 1000)}s`

/** How long something has run, as of the last tick: whole seconds. */
export const seconds = (milliseconds: number): string =>
  `${Math.max(0, Math.round(milliseconds / 1000))} s`
