import { expect } from 'bun:test'
import { join } from 'node:path'

/** Compares with what was looked at; DATACLINE_GOLDEN=write writes it anew, and the difference is what is reviewed. */
export const golden = async (name: string, text: string): Promise<void> => {
  const path = join(import.meta.dir, 'golden', `${name}.txt`)
  const stored = `${text
    .split('\n')
    .map((each) => each.trimEnd())
    .join('\n')}\n`
  if (process.env.DATACLINE_GOLDEN === 'write') await Bun.write(path, stored)
  expect(stored).toBe(await Bun.file(path).text())
}
