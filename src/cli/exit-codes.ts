type Exit = Readonly<{
  code: number
  when: string
  /** Whether the same command may succeed later; `undefined` where it depends. */
  retryable: boolean | undefined
}>

/** What exit codes mean: scripts rely on them, errors carry them, `datacline help exit-codes` prints them. */
export const EXITS = {
  ok: {
    code: 0,
    when: 'Done; an empty list is no failure',
    retryable: false,
  },
  tool_error: {
    code: 1,
    when: 'The tool said that it failed (isError), or the server answered with an error',
    retryable: undefined,
  },
  usage: {
    code: 2,
    when: 'Wrong flags or parameters, a file that does not parse, a question that nobody can answer',
    retryable: false,
  },
  policy_denied: { code: 3, when: 'Denied by policy', retryable: false },
  cannot_start: {
    code: 3,
    when: 'serve and --local: the port or the state directory is taken by another',
    retryable: true,
  },
  auth: { code: 4, when: 'No token, or one that is not accepted', retryable: false },
  upstream_unreachable: {
    code: 5,
    when: 'The MCP server could not be reached or did not answer in time',
    retryable: true,
  },
  gateway_unreachable: {
    code: 6,
    when: 'No gateway answers at --gateway, or what answers is no gateway',
    retryable: true,
  },
  not_found: {
    code: 7,
    when: 'Unknown server, tool, prompt, resource or command topic',
    retryable: false,
  },
  approval_refused: {
    code: 8,
    when: 'A person refused the call, or nobody answered in time',
    retryable: true,
  },
  check_failed: { code: 9, when: 'A check found something wrong', retryable: false },
  partial: { code: 10, when: 'Some of several things succeeded', retryable: undefined },
  rate_limited: { code: 11, when: 'Over a limit; errors say when to retry', retryable: true },
  internal: { code: 70, when: 'A fault of datacline', retryable: false },
  interrupted: { code: 130, when: 'Interrupted with ctrl-c', retryable: true },
  terminated: { code: 143, when: 'Ended by SIGTERM', retryable: true },
} as const satisfies Readonly<Record<string, Exit>>

/** An exit by its name, which is also the `code` of the JSON error. */
export type ExitName = keyof typeof EXITS

export const exitCode = (name: ExitName): number => EXITS[name].code
