import { basename } from 'node:path'
import { splitWords } from '../lib/shell-words.ts'
import { CliFault } from './failure.ts'
import type { Surroundings } from './surroundings.ts'
import type { TerminalInput } from './terminal-input.ts'

/** How editors are told a line; `+LINE FILE`, as vi began it, unless they are here. */
const GOTO: Readonly<Record<string, (path: string, line: number) => readonly string[]>> = {
  code: (path, line) => ['--wait', '--goto', `${path}:${line}`],
  codium: (path, line) => ['--wait', '--goto', `${path}:${line}`],
  cursor: (path, line) => ['--wait', '--goto', `${path}:${line}`],
  subl: (path, line) => ['--wait', `${path}:${line}`],
  zed: (path, line) => ['--wait', `${path}:${line}`],
  hx: (path, line) => [`${path}:${line}`],
  helix: (path, line) => [`${path}:${line}`],
}

/**
 * The command that opens a file at a line in the user's own editor.
 *
 * @throws CliFault `usage` when none is named, or its command line cannot be read
 */
export const editorCommand = (
  environment: Surroundings['environment'],
  path: string,
  line: number,
): readonly string[] => {
  const named = [environment.VISUAL, environment.EDITOR].find((text) => text?.trim())
  if (named === undefined) {
    throw new CliFault('usage', `no editor is set (EDITOR=vi) to open ${path}:${line}`)
  }
  const split = splitWords(named)
  if ('problem' in split) throw new CliFault('usage', `EDITOR: ${split.problem}`)
  const tell = GOTO[basename(split.words[0] ?? '')]
  return [...split.words, ...(tell?.(path, line) ?? [`+${line}`, path])]
}

/**
 * Opens the editor on this terminal, waits for its end and gives its exit code. What was typed from then
 * on is the editor's.
 *
 * @throws CliFault when it cannot be started
 */
export const openEditor = async (
  command: readonly string[],
  { released }: Pick<TerminalInput, 'released'>,
): Promise<number> => {
  await released()
  try {
    const editor = Bun.spawn([...command], { stdio: ['inherit', 'inherit', 'inherit'] })
    return await editor.exited
  } catch (cause) {
    throw new CliFault('usage', `${command[0]} cannot be started`, { cause })
  }
}
