import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `pid 4711 (nginx)` of whoever listens on a TCP port; undefined when the system does not tell. */
export const portHolder = (port: number): string | undefined => {
  try {
    const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeners(table, port)))
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holdsAny(name, inodes))
    if (pid === undefined) return undefined
    return `pid ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`
  } catch {
    // No /proc, or none of our business.
    return undefined
  }
}

const LISTENING = '0A'

/** proc_net_tcp(5): local address with the port in hexadecimal, state, and the inode of the socket. */
const listeners = (table: string, port: number): readonly string[] => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`)
}

const holdsAny = (pid: string, sockets: ReadonlySet<string>): boolean => {
  if (sockets.size === 0) return false
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).some((name) => sockets.has(linkOf(`${folder}/${name}`)))
  } catch {
    // Somebody else's, or gone meanwhile.
    return false
  }
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
