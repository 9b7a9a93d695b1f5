import { resolve } from 'node:path'

/** Named by the suite that tests the compiled binary; otherwise the program runs from its sources. */
const binary = process.env.DATACLINE_TEST_BINARY

/** The argv that starts the real program. From sources, Bun must not read a `.env` of its own accord. */
export const PROGRAM: readonly string[] =
  binary === undefined
    ? [process.execPath, '--no-env-file', resolve(import.meta.dir, '../../src/main.ts')]
    : [resolve(import.meta.dir, '../..', binary)]
