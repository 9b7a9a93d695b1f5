import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8, StrictJsonError } from '../lib/strict-json.ts'
import { CliFault } from './failure.ts'

/** A file that an editor opens and nobody else can read. */
export type DraftFile = Readonly<{
  path: string
  /** What stands in it now. @throws CliFault `usage` when it is gone, or no text */
  read: () => Promise<string>
  /** Nothing of it is left; also not of what the editor put beside it. */
  remove: () => void
}>

/**
 * Makes the file (0600) in a directory of its own (0700).
 *
 * @param name what the editor tells the kind of text by
 * @param signal removes it when it is aborted, if it is still there
 */
export const createDraftFile = async (
  temporary: string,
  name: string,
  text: string,
  signal: AbortSignal,
): Promise<DraftFile> => {
  const directory = await mkdtemp(join(temporary, 'datacline-'))
  const path = join(directory, name)
  const remove = () => {
    signal.removeEventListener('abort', remove)
    rmSync(directory, { recursive: true, force: true })
  }
  signal.addEventListener('abort', remove)
  await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  return { path, remove, read: () => readDraft(path) }
}

const readDraft = async (path: string): Promise<string> => {
  try {
    return decodeUtf8(await readFile(path))
  } catch (cause) {
    const why = cause instanceof StrictJsonError ? 'is no text in UTF-8' : 'is gone'
    throw new CliFault('usage', `what was edited ${why}`, { cause })
  }
}
