/** What a command's exit code means; scripts rely on it, and help prints it. */
export const EXIT = {
  ok: 0,
  toolError: 1,
  usage: 2,
  /** `serve`: the port or the state directory is taken. Other commands: denied by policy. */
  denied: 3,
  unavailable: 3,
  internal: 70,
  interrupted: 130,
} as const
