/**
 * What is wrong with a server's name, as a sentence. The name is a segment of URLs, of policy resources
 * (`mcp:{server}:{name}`) and of aliases (`{server}__{name}`), and must be readable in each.
 */
export const serverNameProblem = (name: string): string | undefined => {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    return 'a server name is 1 to 64 letters, digits, ".", "_" or "-"'
  }
  if (name === '.' || name === '..') return 'a server name must survive in a URL'
  if (name.includes('__')) return '"__" separates server and tool, and cannot be in a name'
  // `a_` + `__` + `b` reads as `a` + `__` + `_b`.
  if (name.endsWith('_')) return 'a server name must not end in "_", which "__" follows in aliases'
  return RESERVED.has(name.toLowerCase())
    ? `"${name}" is reserved for the gateway itself`
    : undefined
}

const RESERVED: ReadonlySet<string> = new Set(['gateway'])

/** The first name that equals an earlier one but for case, and that earlier one. */
export const caseTwins = (names: readonly string[]): readonly [string, string] | undefined => {
  const seen = new Map<string, string>()
  for (const name of names) {
    const earlier = seen.get(name.toLowerCase())
    if (earlier !== undefined) return [name, earlier]
    seen.set(name.toLowerCase(), name)
  }
  return undefined
}
