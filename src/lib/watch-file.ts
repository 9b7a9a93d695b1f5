import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export type WatchOptions = Readonly<{
  /** Milliseconds that a changed file must stay the same before it is reported; 100 unless told. */
  debounce?: number
  /** Milliseconds between two looks at the file, for what no notification tells; 1000 unless told. */
  poll?: number
}>

export type FileWatch = Readonly<{ close: () => void }>

/**
 * Watches one file by its path and calls `onChange` when what the path leads to has changed, appeared
 * or gone: editors that rename over it, symlinks that are pointed elsewhere, directories that come later.
 * A file is reported when it has kept still for `debounce`, so that it is not read half-written.
 * Notifications of the directory only make it quick; the truth is a look every `poll` milliseconds.
 */
export const watchFile = (
  path: string,
  onChange: () => void,
  { debounce = 100, poll = 1000 }: WatchOptions = {},
): FileWatch => {
  const directory = dirname(path)
  let reported = stamp(path)
  let watcher: FSWatcher | undefined
  let watched: string | undefined
  let settling: ReturnType<typeof setTimeout> | undefined

  const settle = (seen: string) => {
    settling = setTimeout(() => {
      settling = undefined
      const now = stamp(path)
      if (now !== seen) return settle(now)
      if (now === reported) return
      reported = now
      onChange()
    }, debounce)
    settling.unref()
  }
  const look = () => {
    if (settling === undefined && stamp(path) !== reported) settle(stamp(path))
  }
  const disarm = () => {
    watcher?.close()
    watcher = undefined
  }
  const arm = () => {
    // A directory that was deleted and made anew needs a new watch, although its path is the same.
    const found = inode(directory)
    if (found === watched && watcher !== undefined) return
    disarm()
    watched = found
    if (found === undefined) return
    try {
      watcher = watch(directory, { persistent: false }, look)
      watcher.on('error', disarm)
    } catch {
      // No notifications left on this host (inotify limits): polling alone still sees every change.
      disarm()
    }
  }

  arm()
  const timer = setInterval(() => {
    arm()
    look()
  }, poll)
  timer.unref()
  return {
    close: () => {
      clearInterval(timer)
      clearTimeout(settling)
      disarm()
    },
  }
}

/** What tells one content of a path from the next without reading it; symlinks are followed. */
const stamp = (path: string): string => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return 'absent'
  }
}

const inode = (directory: string): string | undefined => {
  try {
    const { dev, ino } = statSync(directory, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}
