import manifest from '../../package.json' with { type: 'json' }

/** Given by the build (`--define`); absent when the sources run as they are. */
declare const DATACLINE_BUILD: Readonly<{ commit: string; built: string }> | undefined

export const VERSION: string = manifest.version

/** What `--version --json` answers. `commit` and `built` are null outside of a build. */
export const versionBody = () => {
  const build = typeof DATACLINE_BUILD === 'undefined' ? undefined : DATACLINE_BUILD
  return {
    version: VERSION,
    commit: build?.commit ?? null,
    bun: Bun.version,
    target: `${process.platform}-${process.arch}`,
    built: build?.built ?? null,
  }
}
