/** A line of a text that changed in one place: kept, gone or come. */
export type ChangedLine = Readonly<{ sign: ' ' | '-' | '+'; text: string }>

/** Lines around a change that are shown with it. */
const AROUND = 3

/** The one stretch in which two texts differ, with a few lines around it; empty when they are the same. */
export const lineChange = (before: string, after: string): readonly ChangedLine[] => {
  if (before === after) return []
  const [old, fresh] = [toLines(before), toLines(after)]
  const most = Math.min(old.length, fresh.length)
  let top = 0
  while (top < most && old[top] === fresh[top]) top++
  let bottom = 0
  while (bottom < most - top && old.at(-1 - bottom) === fresh.at(-1 - bottom)) bottom++
  const signed = (sign: ChangedLine['sign'], lines: readonly string[]) =>
    lines.map((text): ChangedLine => ({ sign, text }))
  return [
    ...signed(' ', old.slice(Math.max(0, top - AROUND), top)),
    ...signed('-', old.slice(top, old.length - bottom)),
    ...signed('+', fresh.slice(top, fresh.length - bottom)),
    ...signed(' ', old.slice(old.length - bottom).slice(0, AROUND)),
  ]
}

const toLines = (text: string): readonly string[] => text.replace(/\r?\n$/, '').split(/\r?\n/)
