import { existsSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { SettingsFault } from './settings-fault.ts'

/** Where configuration is read from and where state is kept; both absolute. */
export type Directories = Readonly<{ directory: string; stateDirectory: string }>

export type DirectorySources = Readonly<{
  /** `--config DIR`. */
  flag?: string | undefined
  environment: Readonly<Record<string, string | undefined>>
  workingDirectory: string
  /** The user's home directory. */
  home: string
}>

/**
 * `--config` (or DATACLINE_CONFIG), else the working directory if it holds configuration, else
 * `$XDG_CONFIG_HOME/datacline`. State lives in `.datacline` beside the configuration, or for the XDG
 * case in `$XDG_STATE_HOME/datacline`. Nothing is created.
 *
 * @throws SettingsFault when a directory was named and is not there
 */
export const findDirectory = (from: DirectorySources): Directories => {
  const { flag, environment, workingDirectory } = from
  const named = flag || environment.DATACLINE_CONFIG
  if (named) {
    const directory = resolve(workingDirectory, named)
    if (isDirectory(directory)) return beside(directory)
    const name = flag ? '--config' : 'DATACLINE_CONFIG (environment)'
    throw new SettingsFault(`${name}: expected a directory, got ${JSON.stringify(named)}`)
  }
  if (MARKS.some((mark) => existsSync(join(workingDirectory, mark))))
    return beside(workingDirectory)
  return {
    directory: join(xdg(environment.XDG_CONFIG_HOME) ?? join(from.home, '.config'), 'datacline'),
    stateDirectory: join(
      xdg(environment.XDG_STATE_HOME) ?? join(from.home, '.local', 'state'),
      'datacline',
    ),
  }
}

const MARKS = ['mcp_servers.yaml', join('policies', 'policy.yaml')]

const beside = (directory: string): Directories => ({
  directory,
  stateDirectory: join(directory, '.datacline'),
})

/** XDG Base Directory Specification: a relative path is invalid and ignored. */
const xdg = (value: string | undefined): string | undefined =>
  value !== undefined && isAbsolute(value) ? value : undefined

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
