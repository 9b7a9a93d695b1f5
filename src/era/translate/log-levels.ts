import { isLogLevel, LOG_LEVELS } from '../../core/protocol.ts'

const ORDER: readonly unknown[] = LOG_LEVELS

/** Whether someone who asked for messages from `asked` on wants one of `level`; unknown levels are wanted. */
export const isLoudEnough = (level: unknown, asked: string): boolean =>
  !isLogLevel(level) || ORDER.indexOf(level) >= ORDER.indexOf(asked)

/** The level that lets through what any of these want; undefined when nobody wants anything. */
export const mostVerbose = (levels: readonly string[]): string | undefined =>
  [...levels].sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other))[0]
