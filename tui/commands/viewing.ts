import { RANGES, type Range } from '../../src/core/snapshot.ts'
import { closeRule } from '../rules.ts'
import type { RunningCall } from '../running.ts'
import { say, want } from '../say.ts'
import {
  EVERYTHING,
  type Question,
  SCREENS,
  type Screen,
  type State,
  selectedRow,
  TABS,
} from '../state.ts'
import { createTheme, THEMES, type ThemeName } from '../theme.ts'
import { nodeUnderCursor } from '../views/detail.ts'
import { refresh, settleCursor } from '../visible.ts'
import { browseBack } from './browsing.ts'
import { command } from './row.ts'

const toScreen = (state: State, name: string): State => {
  const screen = SCREENS.find((each) => each.startsWith(name.toLowerCase()))
  if (screen === undefined || name === '')
    return say(state, `screens: ${SCREENS.join(', ')}`, 'warn')
  const shown: State = {
    ...closeRule(state),
    screen,
    detail: undefined,
    help: undefined,
    scroll: 0,
  }
  return SAYS_NOTHING.includes(screen) ? shown : want(shown, { kind: 'snapshot' })
}

/** Screens that live on what was heard. */
const SAYS_NOTHING: readonly Screen[] = ['traffic']

const open = (state: State): State => {
  const row = selectedRow(state)
  if (row === undefined || state.screen !== 'traffic') return state
  const opened: State = { ...state, detail: { tab: 'why', scroll: 0 } }
  return row.slim && !state.whole.has(row.seq)
    ? want(opened, { kind: 'detail', seq: row.event.seq })
    : opened
}

const NEXT = { pane: 'full', full: 'off', off: 'pane' } as const

const back = (state: State): State => {
  const call = callInView(state)
  return call === undefined ? goBack(state) : { ...state, question: stillRunning(call) }
}

const goBack = (state: State): State => {
  if (state.help?.word) return { ...state, help: { scroll: 0 } }
  if (state.help !== undefined) return { ...state, help: undefined }
  if (state.rule !== undefined) return closeRule(state)
  if (state.detail !== undefined) return { ...state, detail: undefined, replayed: undefined }
  const above = browseBack(state)
  if (above !== undefined) return above
  if (state.screen !== 'traffic') return { ...state, screen: 'traffic', scroll: 0 }
  if (state.markedOnly) return refresh({ ...state, markedOnly: false })
  if (state.filter.text !== '') return refresh({ ...state, filter: EVERYTHING })
  return state
}

const atRoot = ({ help, rule, detail, screen }: State): boolean =>
  help === undefined && rule === undefined && detail === undefined && screen === 'traffic'

const quit = (state: State): State => {
  if (!atRoot(state)) return back(state)
  return state.serving ? { ...state, question: STOP_TOO } : leave(state, false)
}

const leave = (state: State, stopGateway: boolean): State =>
  want(state, { kind: 'leave', stopGateway })

const STOP_TOO = {
  text: 'Stop the gateway too?',
  answers: [
    { key: 'y', label: 'stop it', command: 'leave stop' },
    { key: 'l', label: 'leave it running, lines here', command: 'leave' },
    { key: 'n', label: 'stay', command: 'stay' },
  ],
} as const

const tab = (state: State, by: 1 | -1): State => {
  const { detail } = state
  if (detail === undefined) return state
  const at = (TABS.indexOf(detail.tab) + by + TABS.length) % TABS.length
  const opened: State = { ...state, detail: { tab: TABS[at] ?? 'why', scroll: 0 } }
  const row = selectedRow(state)
  // What crosses goes on until the call is over, so it is asked for again.
  return row === undefined ? opened : want(opened, { kind: 'detail', seq: row.event.seq })
}

const fold = (state: State): State => {
  const { detail } = state
  const node = nodeUnderCursor(state)
  if (detail === undefined || node === undefined) return say(state, 'nothing folds on this line')
  const folded = new Set(detail.folded)
  if (!folded.delete(node)) folded.add(node)
  return { ...state, detail: { ...detail, folded } }
}

/** The call that runs and that what is seen is about; none that is being called off already. */
const callInView = (state: State): RunningCall | undefined => {
  const { help, rule, browse, detail, replaying } = state
  if (help !== undefined || rule !== undefined) return undefined
  if (state.screen === 'servers') {
    const isForm = browse.page === 'form' && browse.form?.progress.kind === 'calling'
    return isForm ? 'form' : undefined
  }
  const isReplay = detail !== undefined && replaying?.seq === selectedRow(state)?.seq
  return isReplay && replaying?.isCancelled === false ? 'replay' : undefined
}

const stillRunning = (call: RunningCall): Question => ({
  text: 'The call is still running.',
  answers: [
    { key: 'c', label: 'cancel it', command: 'cancel' },
    { key: 'l', label: 'leave it running', command: 'leave it running' },
    { key: 'n', label: 'stay', command: 'stay' },
  ],
  whileRunning: call,
})

const cancel = (state: State): State => {
  const call = callInView(state)
  if (call === undefined) return say(state, 'no call is running here', 'warn')
  return want(call === 'form' ? formCancelled(state) : replayCancelled(state), {
    kind: 'cancel',
    call,
  })
}

const replayCancelled = (state: State): State =>
  state.replaying === undefined
    ? state
    : { ...state, replaying: { ...state.replaying, isCancelled: true } }

const formCancelled = (state: State): State => {
  const { browse } = state
  const { form } = browse
  if (form?.progress.kind !== 'calling') return state
  const progress = { kind: 'cancelling', since: form.progress.since } as const
  return { ...state, browse: { ...browse, form: { ...form, progress } } }
}

const quitNow = (state: State): State =>
  state.serving ? { ...state, question: STOP_TOO } : leave(state, false)

const isTheme = (name: string): name is ThemeName => THEMES.some((each) => each === name)

/** To the one that is named, else to the next. */
const toRange = (state: State, name: string): State => {
  const names = Object.keys(RANGES) as Range[]
  const range = name === '' ? names[(names.indexOf(state.range) + 1) % names.length] : name
  const found = names.find((each) => each === range)
  if (found === undefined) return say(state, `times: ${names.join(', ')}`, 'warn')
  return want({ ...state, range: found, figures: undefined }, { kind: 'snapshot' })
}

export const VIEWS = {
  screen: command('go to a screen', toScreen, SCREENS.join('|')),
  open: command('open the call under the cursor', open),
  back: command('back', back),
  why: command('why pane: below, larger, off', (state) =>
    settleCursor({ ...state, why: NEXT[state.why] }),
  ),
  'tab next': command('next tab', (state) => tab(state, 1)),
  'tab previous': command('tab before', (state) => tab(state, -1)),
  fold: command('fold or unfold what the cursor is on', fold),
  help: command('keys, commands and filters', (state) => ({ ...state, help: { scroll: 0 } })),
  theme: command(
    'change the colours',
    (state, name) =>
      isTheme(name)
        ? { ...state, theme: createTheme(name, state.theme.ascii) }
        : say(state, `themes: ${THEMES.join(', ')}`, 'warn'),
    THEMES.join('|'),
  ),
  range: command('the time that Stats tells of', toRange, Object.keys(RANGES).join('|')),
  admin: command('list the administration of the gateway too, or not', (state) =>
    refresh({ ...state, admin: !state.admin }),
  ),
  quit: command('back, and at the first screen leave', quit),
  'quit now': command('leave', quitNow),
  interrupt: command('cancel the call that runs, else leave', (state) =>
    callInView(state) === undefined ? quitNow(state) : cancel(state),
  ),
  cancel: command('cancel the call that runs here', cancel),
  'leave it running': command('back; the call goes on', goBack),
  leave: command('leave; the gateway goes on', (state) => leave(state, false)),
  'leave stop': command('leave, and stop the gateway', (state) => leave(state, state.serving)),
  stay: command('stay', (state) => state),
  redraw: command('draw everything anew', (state) => want(state, { kind: 'redraw' })),
}
