import { writeFile } from 'node:fs/promises'
import { setPriority, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { readEventFile } from '../../client/event-file.ts'
import { parseFilter } from '../../client/filter.ts'
import { ClientFault } from '../../client.ts'
import { readConfigFile } from '../../config/config-file.ts'
import { parseKeys } from '../../config/keys-file.ts'
import { nearest } from '../../lib/nearest.ts'
import { toCliFault } from '../client-fault.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { asUsage } from '../configuration.ts'
import { connect } from '../connection.ts'
import { createDraftFile } from '../draft-file.ts'
import { editorCommand, openEditor } from '../editor.ts'
import { CliFault } from '../failure.ts'
import { isOn } from '../is-on.ts'
import { connectAsOperator } from '../operator.ts'
import { readTextFile } from '../read-text.ts'
import { LOOKS } from '../screen-flags.ts'
import { openTerminalInput } from '../terminal-input.ts'
import { VERSION } from '../version.ts'

const FLAGS = {
  file: { value: 'FILE', help: 'a recording (JSON lines) instead of a gateway' },
  ...LOOKS,
  keys: { value: 'FILE', help: 'keys of your own (DATACLINE_KEYS, ~/.config/datacline/keys.yaml)' },
  'list-keys': { help: 'print the keys and their commands, and end' },
  'caller-token-file': {
    value: 'FILE',
    help: 'the token that calls go with, where another one watches',
  },
  guide: { help: 'say what to press next' },
  // `serve` starts its screen with it.
  serving: { help: 'leaving may stop the gateway: exit code 0 asks for it, 130 does not' },
} as const satisfies Flags

/** Of 19, as `nice` counts: a share of the time is left for it even on a machine that has none to spare. */
const PRIORITY = 10

type TuiCall = Call<typeof FLAGS>

/** `datacline tui`: the screen, attached to a gateway that runs, or over a recording. */
export const tui = defineCommand({
  name: 'tui',
  summary: 'Shows calls and decisions as they happen',
  about:
    'Attaches to a running gateway, here or elsewhere; several may at once. ? shows the keys,\nctrl-z sets the screen aside until fg. Off a terminal: datacline audit tail -f.',
  flags: FLAGS,
  examples: [
    'datacline tui',
    'datacline tui --gateway https://gw.example.com --token-file token',
    'datacline tui --file export.jsonl',
  ],
  exits: ['auth', 'gateway_unreachable', 'interrupted'],
  run: async (call) => {
    const { around, flags } = call
    const { runTui, keyFault, keysTable } = await import('../../../tui/main.tsx')
    const keys = readKeys(call, keyFault)
    if (flags['list-keys']) {
      around.stdout.write(keysTable(keys))
      return 'ok'
    }
    assertTerminal(call)
    const source = flags.file === undefined ? await live(call) : await recording(call, flags.file)
    yieldToTraffic()
    const end = new AbortController()
    let ended: 'terminated' | undefined
    void around
      .stopped(() => around.exit(143))
      .then(() => {
        ended = 'terminated'
        end.abort()
      })
    around.onReopen(() => end.abort())
    if (flags.serving) whenOrphaned(() => end.abort())
    const input = openTerminalInput(around.stdin.stream())
    const left = await runTui({
      stdin: input.stream,
      stdout: around.stdout.stream,
      ...source,
      serving: flags.serving === true,
      guide: flags.guide === true,
      ...looks(call),
      keys,
      readFilter: (text) => parseFilter(text, around.now).matches,
      write: (path, text) => writeNew(resolve(around.workingDirectory, path), text),
      editor: (path, line) => {
        const command = editorCommand(around.environment, path, line)
        return () => openEditor(command, input)
      },
      draft: (text) => createDraftFile(tmpdir(), 'parameters.jsonc', text, end.signal),
      version: VERSION,
      standAside: flags.serving ? undefined : around.standAside,
      onJob: around.onJob,
      now: around.now,
      zone: new Date(around.now()).getTimezoneOffset(),
      signal: end.signal,
    })
    if (ended !== undefined) return ended
    return flags.serving === true && !left.stopGateway ? 'interrupted' : 'ok'
  },
})

/** Whoever watches must not slow down what is watched: on a busy machine the gateway goes first. */
const yieldToTraffic = (): void => {
  try {
    setPriority(PRIORITY)
  } catch {
    // A machine that does not let us be modest shows the screen all the same.
  }
}

/** A screen whose gateway was killed must not hold a terminal that others use by now. */
const whenOrphaned = (leave: () => void): void => {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) leave()
  }, 500).unref()
}

/** What is wrong with keys, which only the screen's own table knows. */
type KeyCheck = (
  keys: Readonly<Record<string, readonly string[]>>,
  guess: typeof nearest,
) => Readonly<{ command: string; sentence: string }> | undefined

/** @throws CliFault `usage` with file and line for keys that cannot be */
const readKeys = ({ around, flags }: TuiCall, check: KeyCheck) => {
  const { environment, home, workingDirectory } = around
  const named = flags.keys ?? environment.DATACLINE_KEYS
  const usual = join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'datacline/keys.yaml')
  const path = named === undefined ? usual : resolve(workingDirectory, named)
  try {
    const text = readConfigFile(path, path)
    if (text === undefined && named === undefined) return {}
    if (text === undefined) throw new CliFault('usage', `${path}: no such file`)
    const { keys, fault } = parseKeys(text, path)
    const wrong = check(keys, nearest)
    if (wrong !== undefined) throw fault(wrong.command, wrong.sentence)
    return keys
  } catch (cause) {
    throw asUsage(cause)
  }
}

/** What a screen writes may hold what callers said, and never takes the place of another file. */
const writeNew = async (path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why =
      code === 'EEXIST' ? 'there is such a file; :export FILE names another' : String(cause)
    throw new CliFault('usage', `${basename(path)}: ${why}`, { cause })
  }
}

/** @throws CliFault `usage` where there is nobody to see it */
const assertTerminal = ({ around }: TuiCall): void => {
  const { stdin, stdout, environment } = around
  const isShown = stdin.isTerminal && stdout.isTerminal
  if (isShown && !isOn(environment.CI) && environment.TERM !== 'dumb') return
  throw new CliFault('usage', 'the screen needs a terminal, and here is none', {
    why: isShown ? 'CI or TERM=dumb says that nobody watches' : undefined,
    hint: 'datacline serve --no-tui, or datacline audit tail -f, gives plain lines',
  })
}

const NO_LONGER = 'it no longer runs on this machine'

const live = async (call: TuiCall) => {
  let wasReached = false
  const reach = async () => {
    try {
      const reached = await connectAsOperator(call)
      wasReached = true
      return reached
    } catch (cause) {
      // The token that opened it went with the gateway, and comes back with it.
      const isAway = wasReached && cause instanceof CliFault && cause.exit === 'auth'
      throw isAway ? new CliFault('gateway_unreachable', NO_LONGER, { cause }) : cause
    }
  }
  // Calls go with the caller's own token if there is one: the operator's opens no server.
  const asCaller = call.flags['caller-token-file']
  const caller = () =>
    connect(
      asCaller === undefined
        ? call
        : { ...call, flags: { ...call.flags, token: undefined, 'token-file': asCaller } },
    )
  const client = await reach()
  // What can never work is said at once and not on a screen that waits for it.
  await client.request('GET', '/', {}).catch((cause) => {
    throw cause instanceof ClientFault ? toCliFault(cause) : cause
  })
  return { source: { kind: 'gateway', reach, caller } as const, place: client.url }
}

const recording = async (call: TuiCall, path: string) => {
  const { events, faults } = readEventFile(await readTextFile(call.around, path, '--file'))
  if (events.length > 0) return { source: { kind: 'file', events } as const, place: basename(path) }
  const [first] = faults
  throw new CliFault('usage', `--file: ${path} holds no event`, {
    why: first === undefined ? undefined : `line ${first.line} ${first.problem}`,
  })
}

const THEMES = LOOKS.theme.choices
const isTheme = (name: string | undefined): name is (typeof THEMES)[number] =>
  THEMES.some((each) => each === name)

const looks = ({ flags, around: { environment } }: TuiCall) => {
  const plain = flags['no-color'] === true || (environment.NO_COLOR ?? '') !== ''
  const named = [flags.theme, environment.DATACLINE_THEME].find(isTheme)
  return {
    theme: plain ? ('mono' as const) : (named ?? ('default' as const)),
    ascii: flags.ascii === true,
    spoken: flags['screen-reader'] === true || isOn(environment.INK_SCREEN_READER),
  }
}
