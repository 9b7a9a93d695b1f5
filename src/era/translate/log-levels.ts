/** MCP, logging: the levels of RFC 5424 §6.2.1, the most verbose first. */
const LEVELS: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

/** Whether this is the name of a log level. */
export const isLogLevel = (level: unknown): level is string => LEVELS.includes(level)

/** Whether someone who asked for messages from `asked` on wants one of `level`; unknown levels are wanted. */
export const isLoudEnough = (level: unknown, asked: string): boolean =>
  !isLogLevel(level) || LEVELS.indexOf(level) >= LEVELS.indexOf(asked)

/** The level that lets through what any of these want; undefined when nobody wants anything. */
export const mostVerbose = (levels: readonly string[]): string | undefined =>
  [...levels].sort((one, other) => LEVELS.indexOf(one) - LEVELS.indexOf(other))[0]
