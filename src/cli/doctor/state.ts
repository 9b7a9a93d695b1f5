import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { recordPath } from '../../compose/record-path.ts'
import { errorCode, fileProblem } from '../../config/config-file.ts'
import { prepareStateDirectory, stateDirectoryProblem } from '../../config/state-directory.ts'
import { joinWords } from '../../lib/shell-words.ts'
import { type Check, error, type Finding, ok, ours, type Scene, warning } from './check.ts'

const MEBIBYTE = 1_048_576
/** Below it the record stops soon, and with it every call. */
const FULL = 16 * MEBIBYTE
const LOW = 256 * MEBIBYTE
const FEW_FILES = 100
/** Bytes that are written to see whether any can be. */
const PROBE = 65_536

export const state: Check = {
  title: 'the record can be written, and has room',
  run: async (scene) => {
    const { settings, stateDirectory } = scene.configuration
    const places = [
      stateDirectory,
      dirname(recordPath(settings, stateDirectory)),
      dirname(settings.values.auditLogFile),
    ]
    const roots = [...new Set(places.map(existing))]
    const wrong = unusable(scene)
    if (wrong.length > 0) return wrong
    const closed = roots.flatMap((root) => writable(root, scene))
    if (closed.length > 0) return closed
    const disks = new Map(roots.map((root) => [statSync(root).dev, root])).values()
    const found = [...disks].flatMap((at) => roomy(at, scene))
    if (found.length > 0) return found
    if (!existsSync(stateDirectory)) return [notYet(scene)]
    return [ok('can be written, and has room', { where: stateDirectory })]
  },
}

/** No fault: the first start makes it. */
const notYet = ({ configuration, userId }: Scene): Finding => {
  const { stateDirectory } = configuration
  return ok('there is no state directory yet; the first start makes it', {
    where: stateDirectory,
    mend: () => {
      prepareStateDirectory(stateDirectory, userId)
      return `made ${stateDirectory}`
    },
  })
}

/** The directory itself, or the one in which it would be made. */
const existing = (path: string): string => {
  const parent = dirname(path)
  return existsSync(path) || parent === path ? path : existing(parent)
}

const unusable = (scene: Scene): readonly Finding[] => {
  const { configuration, userId } = scene
  const { stateDirectory: where } = configuration
  const problem = stateDirectoryProblem(where, userId)
  if (problem === undefined) return []
  const { uid, isSymbolicLink } = ownerOf(where)
  const isForeign = userId !== undefined && uid !== userId && !isSymbolicLink
  const fix = isForeign
    ? `sudo -u '#${uid}' ${ours(scene, 'doctor')}`
    : joinWords(['mv', where, `${where}.old`])
  return [error(`the state directory ${problem}, so no gateway starts`, { where, fix })]
}

const ownerOf = (path: string) => {
  const stats = lstatSync(path)
  return { uid: stats.uid, isSymbolicLink: stats.isSymbolicLink() }
}

/** What a person looks at when writing fails, by what the system said. */
const LOOK_AT: Readonly<Record<string, readonly string[]>> = {
  ENOSPC: ['df', '-h'],
  EDQUOT: ['quota', '-s'],
  EROFS: ['findmnt', '-T'],
}

const writable = (where: string, { configuration, now }: Scene): readonly Finding[] => {
  try {
    accessSync(where, constants.W_OK | constants.X_OK)
    // Rights and free space do not tell of quotas and of file systems that gave up.
    if (where === configuration.stateDirectory) writeAndRemove(join(where, `doctor-${now()}`))
    return []
  } catch (cause) {
    const detail = `cannot be written, so no call is let through: ${fileProblem(cause)}`
    const fix = joinWords([...(LOOK_AT[errorCode(cause)] ?? ['chmod', 'u+rwx']), where])
    return [error(detail, { where, fix })]
  }
}

/** @throws what the system says */
const writeAndRemove = (path: string): void => {
  try {
    writeFileSync(path, 'x'.repeat(PROBE), { flag: 'wx', mode: 0o600, flush: true })
  } finally {
    rmSync(path, { force: true })
  }
}

const roomy = (where: string, { freeSpace }: Scene): readonly Finding[] => {
  const { bytes, files } = freeSpace(where)
  const left = `${Math.floor(bytes / MEBIBYTE)} MiB are left`
  const fix = joinWords(['df', '-h', where])
  if (bytes < FULL) {
    const detail = `the disk is full (${left}): without a record no call is let through`
    return [error(detail, { where, fix })]
  }
  if (files !== undefined && files < FEW_FILES) {
    const detail = `the disk takes no more files (${files} are left)`
    return [error(detail, { where, fix: joinWords(['df', '-i', where]) })]
  }
  return bytes < LOW ? [warning(`the disk is nearly full: ${left}`, { where, fix })] : []
}
