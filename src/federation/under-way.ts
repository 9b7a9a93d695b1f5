/** Which servers are at work on which of a client's requests. */
export type UnderWay = Readonly<{
  /** Takes down one server for a request's id; the function that comes back takes it out again. */
  begin: (idText: string | undefined, server: string) => () => void
  serversOf: (id: unknown) => readonly string[]
}>

export const createUnderWay = (): UnderWay => {
  const working = new Map<string, Set<string>>()
  return {
    begin(idText, server) {
      if (idText === undefined) return () => undefined
      const key = keyOf(JSON.parse(idText))
      const servers = working.get(key) ?? new Set<string>()
      working.set(key, servers.add(server))
      return () => {
        servers.delete(server)
        if (servers.size === 0 && working.get(key) === servers) working.delete(key)
      }
    },
    serversOf: (id) => [...(working.get(keyOf(id)) ?? [])],
  }
}

/** One spelling for every JSON text of the same id. */
const keyOf = (id: unknown): string => JSON.stringify(id) ?? ''
