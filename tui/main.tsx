import { render } from 'ink'
import type { Client } from '../src/client.ts'
import type { GatewayEvent } from '../src/core/events.ts'
import { App, type Suspend } from './app.tsx'
import { perform } from './effects.ts'
import { watch } from './feed.ts'
import { KEYMAP, withKeys } from './keymap.ts'
import { createPainter } from './painter.ts'
import { createReducer } from './reduce.ts'
import { createRunning } from './running.ts'
import { frame, scrollLimit } from './screen.ts'
import { createSpeaker } from './speak.ts'
import { begin, type Matcher } from './state.ts'
import { createStore, type Store } from './store.ts'
import { createTheme, type ThemeName } from './theme.ts'

export { keyFault, keysTable } from './key-overrides.ts'

export type TuiOptions = Readonly<{
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  /** Where the events come from: a gateway, or a recording that was read. */
  source:
    | Readonly<{ kind: 'gateway'; reach: () => Promise<Client>; caller: () => Promise<Client> }>
    | Readonly<{ kind: 'file'; events: readonly GatewayEvent[] }>
  /** The address, or the name of the recording. */
  place: string
  /** Whether leaving may stop the gateway. */
  serving: boolean
  /** Whether a line says what to press next. */
  guide: boolean
  theme: ThemeName
  ascii: boolean
  /** Whether sentences are said, for those who do not see it, and no screen is drawn. */
  spoken: boolean
  /** Command → keys, in place of those of the table. */
  keys: Readonly<Record<string, readonly string[]>>
  readFilter: (text: string) => Matcher
  write: (path: string, text: string) => Promise<void>
  /** What opens a file at a line in an editor, on this terminal. @throws Error with a sentence when nothing does */
  editor: (path: string, line: number) => () => Promise<number>
  /** A file of its own for a text that is edited; nobody else reads it, and nothing of it stays. */
  draft: (
    text: string,
  ) => Promise<Readonly<{ path: string; read: () => Promise<string>; remove: () => void }>>
  /** Of this program. */
  version: string
  /**
   * Stops this program until it is continued, as ctrl-z at a shell's prompt does; undefined where more
   * than the screen would stand still.
   */
  standAside: (() => Promise<void>) | undefined
  /** Calls back when somebody asks for that from outside, and when it was continued. */
  onJob: (heard: Readonly<{ asked: () => void; continued: () => void }>) => void
  /** Milliseconds since the epoch. */
  now: () => number
  /** Minutes that local time is behind UTC. */
  zone: number
  /** Aborted when the screen must go, whatever it shows. */
  signal: AbortSignal
}>

/** Milliseconds. */
const TICK = 1_000
const SNAPSHOT_EVERY = 5

/**
 * Shows the screen until it is left. The terminal is as it was before when this resolves or rejects.
 *
 * @returns whether the gateway shall stop too
 */
export const runTui = async (options: TuiOptions): Promise<{ stopGateway: boolean }> => {
  const { stdin, stdout, source, now } = options
  const keymap = withKeys(KEYMAP, options.keys)
  const end = new AbortController()
  let fault: Readonly<{ cause: unknown }> | undefined
  // A fault of ours is told on the terminal as it was before, and not across the screen.
  const fail = (cause: unknown) => {
    fault ??= { cause }
    leave(false)
  }
  const store = createStore(createReducer(keymap, scrollLimit), first(options), fail)
  let stopGateway = false
  let suspend: Suspend = (run) => run()
  const screen = render(
    <App store={store} onReady={(given) => (suspend = given)} onAside={() => aside()} />,
    {
      stdin,
      stdout,
      exitOnCtrlC: false,
      patchConsole: false,
      alternateScreen: !options.spoken,
      interactive: true,
    },
  )
  const painter = options.spoken
    ? createSpeaker(stdout, store.get, keymap)
    : createPainter(
        stdout,
        orFail(() => frame(store.get(), keymap), fail),
      )
  const leave = (stop: boolean) => {
    stopGateway = stop
    // Nothing may be drawn on the screen that comes back.
    painter.end()
    screen.unmount()
  }
  let isLent = false
  /** The terminal belongs to somebody else while this runs. */
  const lend: Suspend = async (run) => {
    isLent = true
    painter.hold()
    await suspend(run).finally(() => {
      isLent = false
      painter.resume()
    })
  }
  const aside = () => {
    if (options.standAside === undefined) store.dispatch(HOLDS_UP)
    else if (!isLent) void lend(options.standAside)
  }
  // Whoever had the terminal meanwhile left it as it liked.
  const continued = () => {
    if (!isLent) void lend(async () => undefined)
  }
  options.onJob({ asked: aside, continued })
  /** Gives the editor's exit code. */
  const edit = async (path: string, line: number) => {
    const open = options.editor(path, line)
    let code = 0
    await lend(async () => {
      code = await open()
    })
    return code
  }
  const effects = {
    reach: reaching(source, 'reach'),
    caller: reaching(source, 'caller'),
    dispatch: store.dispatch,
    get: store.get,
    write: options.write,
    copy: (text: string) => void stdout.write(toClipboard(text)),
    edit: async (path: string, line: number) => void (await edit(path, line)),
    editText: async (text: string, line: number) => {
      const draft = await options.draft(text)
      try {
        return (await edit(draft.path, line)) === 0 ? await draft.read() : undefined
      } finally {
        draft.remove()
      }
    },
    recorded: recordedIn(source),
    running: createRunning(),
    version: options.version,
    leave,
    redraw: painter.forget,
  }
  const drain = () => {
    const { wants } = store.get()
    if (wants.length === 0) return
    store.dispatch({ type: 'taken' })
    for (const want of wants) void perform(want, effects)
  }
  const resize = () => {
    store.dispatch({ type: 'resize', size: sizeOf(stdout) })
    painter.forget()
  }
  const gone = () => leave(false)
  const undo = [
    store.subscribe(drain),
    store.subscribe(onceLive(store, () => void perform({ kind: 'snapshot' }, effects))),
    store.subscribe(painter.draw),
    every(TICK, () => store.dispatch({ type: 'tick', now: now() })),
    every(TICK * SNAPSHOT_EVERY, () => void perform({ kind: 'snapshot' }, effects)),
    listening(stdout, 'resize', resize),
    listening(stdin, 'end', gone),
    listening(stdin, 'error', gone),
  ]
  options.signal.addEventListener('abort', gone)
  try {
    painter.draw()
    play(source, store, end.signal)
    if (options.signal.aborted) gone()
    await screen.waitUntilExit()
    if (fault !== undefined) throw fault.cause
    return { stopGateway }
  } finally {
    options.signal.removeEventListener('abort', gone)
    for (const each of undo) each()
    end.abort()
    painter.end()
    screen.unmount()
  }
}

const first = (options: TuiOptions) =>
  begin({
    size: sizeOf(options.stdout),
    now: options.now(),
    zone: options.zone,
    theme: createTheme(options.theme, options.ascii),
    place: options.place,
    serving: options.serving,
    guide: options.guide,
    readFilter: options.readFilter,
  })

const HOLDS_UP = {
  type: 'said',
  text: 'ctrl-z would hold up every call; leaving (q) can let the gateway run on',
  tone: 'warn',
} as const

const orFail = (draw: () => string, fail: (cause: unknown) => void) => () => {
  try {
    return draw()
  } catch (cause) {
    fail(cause)
    return ''
  }
}

/** Whoever is reached, perhaps anew, is asked at once how it is doing. */
const onceLive = (store: Store, ask: () => void) => {
  let wasLive = false
  return () => {
    const isLive = store.get().link.kind === 'live'
    const began = isLive && !wasLive
    wasLive = isLive
    if (began) ask()
  }
}

const sizeOf = ({ columns, rows }: NodeJS.WriteStream) => ({
  columns: columns || 80,
  rows: rows || 24,
})

const play = (source: TuiOptions['source'], store: Store, signal: AbortSignal): void => {
  if (source.kind === 'file') {
    store.dispatch({ type: 'link', link: { kind: 'file' } })
    store.dispatch({ type: 'heard', events: [...source.events].sort((a, b) => a.seq - b.seq) })
    return
  }
  const { reach } = source
  void watch({ reach, dispatch: store.dispatch, heard: () => store.get().heard, signal })
}

const reaching = (source: TuiOptions['source'], who: 'reach' | 'caller') => async () => {
  if (source.kind === 'gateway') return source[who]()
  throw new Error('a recording has no gateway behind it')
}

const recordedIn = (source: TuiOptions['source']) => {
  const bySeq = new Map(
    source.kind === 'file' ? source.events.map((event) => [event.seq, event] as const) : [],
  )
  return (seq: number) => bySeq.get(seq)
}

const every = (milliseconds: number, run: () => void) => {
  const timer = setInterval(run, milliseconds)
  return () => clearInterval(timer)
}

const listening = (stream: NodeJS.EventEmitter, name: string, listener: () => void) => {
  stream.on(name, listener)
  return () => void stream.off(name, listener)
}

/** OSC 52: asks the terminal to take a text into its clipboard. Base64, so nothing in it is a sequence. */
const toClipboard = (text: string): string =>
  `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`
