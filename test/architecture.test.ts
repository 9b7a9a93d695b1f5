import { describe, expect, test } from 'bun:test'
import { dirname, join, normalize } from 'node:path'

/** The house guards itself: who may import whom, where each vendor lives, and how files are named. */
const ROOT = join(import.meta.dir, '..')

const PARTS = [
  'config',
  'auth',
  'policy',
  'upstream',
  'era',
  'audit',
  'state',
  'demo',
  'federation',
]
const LEAVES = ['core', 'lib']

/** What each room may import; a room always may import itself. `main`, `compose`, `client` are files. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  lib: [],
  ...Object.fromEntries(PARTS.map((part) => [part, LEAVES])),
  gateway: LEAVES,
  http: ['gateway', ...LEAVES],
  client: LEAVES,
  compose: ['gateway', 'http', ...PARTS, ...LEAVES],
  cli: ['compose', 'client', 'config', 'tui', ...LEAVES],
  main: ['cli'],
  tui: ['core', 'client'],
}

const HOME: Readonly<Record<string, readonly string[]>> = {
  elysia: ['http'],
  jose: ['auth'],
  casbin: ['policy'],
  'bun:sqlite': ['state'],
  yaml: ['lib'],
  re2js: ['lib'],
  ink: ['tui'],
  react: ['tui'],
  '@inquirer/prompts': ['cli'],
  ajv: ['client'],
  'node:child_process': ['upstream'],
  '@sinclair/typebox': ['config', 'policy', 'http', 'client', 'core', 'lib'],
}

/** Words that read the world around the program, and the only files that may: everyone else is told. */
const AMBIENT: readonly Readonly<{ word: RegExp; files: readonly string[] }>[] = [
  { word: /\bconsole\./, files: [] },
  { word: /\bprocess\.env\b/, files: ['src/main.ts', 'src/cli/surroundings.ts'] },
  { word: /\bDate\.now\b/, files: ['src/compose/join-parts.ts', 'src/cli/surroundings.ts'] },
  // A `fetch` that came in as an argument is not the ambient one.
  { word: /^(?![\s\S]*[{,(]\s*fetch[\s,:}])[\s\S]*(?<![.\w])fetch\(/, files: ['src/client.ts'] },
  {
    word: /\bBun\.spawn\b/,
    files: ['src/upstream/transports/child-process.ts', 'src/cli/screen.ts', 'src/cli/editor.ts'],
  },
]

type Source = Readonly<{ path: string; room: string; text: string; imports: readonly string[] }>

const roomOf = (path: string): string => {
  const [top, second = ''] = path.split('/')
  if (top === 'tui') return 'tui'
  return second.replace(/\.tsx?$/, '')
}

const SPECIFIER = /\b(?:from|import)\s*\(?\s*'([\w@./:-]+)'/g
/** `import('…')` loads when it runs, so it closes no circle at start. */
const LAZY = /\bimport\s*\(\s*'([\w@./:-]+)'/g
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

const readSources = async (): Promise<readonly Source[]> => {
  const found: Source[] = []
  for await (const path of new Bun.Glob('{src,tui}/**/*.{ts,tsx}').scan(ROOT)) {
    const text = withoutComments(await Bun.file(join(ROOT, path)).text())
    const imports = [...text.matchAll(SPECIFIER)].map((match) => match[1] ?? '')
    found.push({ path, room: roomOf(path), text, imports })
  }
  return found
}

const sources = await readSources()

const lazyImports = ({ text }: Source) => [...text.matchAll(LAZY)].map((match) => match[1] ?? '')

const target = (source: Source, specifier: string): string =>
  normalize(join(dirname(source.path), specifier))

const packageOf = (specifier: string): string =>
  specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : (specifier.split('/')[0] ?? '')

describe('the house', () => {
  test('there is something to guard', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(Object.keys(MAY_IMPORT)).toContain(sources[0]?.room ?? '')
  })

  test('a room imports only what lies below it', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('package.json'))
        .map((specifier) => ({ specifier, room: roomOf(target(source, specifier)) }))
        .filter(({ room }) => room !== source.room && !MAY_IMPORT[source.room]?.includes(room))
        .map(({ specifier }) => `${source.path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('the terminal is loaded only when it is shown', () => {
    const loading = sources.flatMap((source) =>
      source.imports
        .filter((each) => source.room !== 'tui' && roomOf(target(source, each)) === 'tui')
        .map((each) => [source.path, lazyImports(source).includes(each)]),
    )
    expect(loading).toEqual([['src/cli/commands/tui.ts', true]])
  })

  test('each vendor has one home', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .map((specifier) => (specifier.startsWith('bun:') ? specifier : packageOf(specifier)))
        .map((vendor) =>
          vendor.startsWith('node:')
            ? (source.imports.find((i) => i === vendor) ?? vendor)
            : vendor,
        )
        .filter((vendor) => Object.hasOwn(HOME, vendor) && !HOME[vendor]?.includes(source.room))
        .map((vendor) => `${source.path} imports ${vendor}`),
    )
    expect(wrong).toEqual([])
  })

  test('every vendor that is imported has a home in the table', () => {
    const known = (specifier: string) =>
      specifier.startsWith('.') || specifier.startsWith('node:') || specifier === 'bun'
    const homeless = sources.flatMap((source) =>
      source.imports
        .filter((specifier) => !known(specifier))
        .map((specifier) => (specifier.startsWith('bun:') ? specifier : packageOf(specifier)))
        .filter((vendor) => !Object.hasOwn(HOME, vendor))
        .map((vendor) => `${source.path} imports ${vendor}`),
    )
    expect(homeless).toEqual([])
  })

  test('time, environment, network and console come in through arguments', () => {
    const wrong = sources.flatMap((source) =>
      AMBIENT.filter(
        ({ word, files }) => word.test(source.text) && !files.includes(source.path),
      ).map(({ word }) => `${source.path} uses ${word.source}`),
    )
    expect(wrong).toEqual([])
  })

  test('no file imports itself by a detour', () => {
    const edges = new Map(
      sources.map((source) => [
        source.path,
        source.imports
          .filter((each) => each.startsWith('.') && !lazyImports(source).includes(each))
          .map((each) => target(source, each)),
      ]),
    )
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      if (done.has(path) || trail.includes(path)) return
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of edges.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })

  test('files are kebab-case and nothing is exported by default', () => {
    const wrong = sources
      .filter(({ path, text }) => !/^[a-z0-9/.-]+$/.test(path) || /export default/.test(text))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  test('a file beyond 300 lines has been asked why', async () => {
    const long: string[] = []
    for (const { path } of sources) {
      const lines = (await Bun.file(join(ROOT, path)).text()).split('\n').length
      if (lines > 300) long.push(`${path}: ${lines}`)
    }
    expect(long).toEqual([])
  })

  test('the lockfile names no host', async () => {
    const lock = await Bun.file(join(ROOT, 'bun.lock')).text()
    expect(lock.match(/https?:\/\//g)).toBeNull()
  })
})
