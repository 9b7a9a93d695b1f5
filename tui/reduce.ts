import type { Snapshot } from '../src/core/snapshot.ts'
import { withServerNews } from './choose.ts'
import { runCommand } from './commands.ts'
import type { Event } from './events.ts'
import { havingFigures, withFigures } from './figures.ts'
import { type Form, type FormNews, isUnderWay, typeInto, withFormNews } from './form.ts'
import { formInView } from './form-window.ts'
import { ingest, prepend, withEntries } from './ingest.ts'
import { editInput } from './input.ts'
import { type Binding, type Focus, lookUp } from './keymap.ts'
import { closeRule, previewed } from './rules.ts'
import type { RunningCall } from './running.ts'
import { say, want } from './say.ts'
import type { Link, LogEntry, Replayed, State } from './state.ts'
import { refresh, settleCursor } from './visible.ts'

/** The one way in which anything changes. */
export type Reducer = (state: State, event: Event) => State

type Reduce<K extends Event['type']> = (
  state: State,
  event: Extract<Event, { type: K }>,
  keymap: readonly Binding[],
) => State

const REDUCERS: { readonly [K in Event['type']]: Reduce<K> } = {
  heard: (state, { events }) => refresh(ingest(state, events)),
  older: (state, { events }) => {
    const older = refresh(prepend(state, events))
    return older.exhausted && !state.exhausted
      ? say(older, 'this is where the record begins')
      : older
  },
  whole: (state, { seq, event, bodies }) => ({
    ...state,
    whole: remember(state.whole, seq, event),
    bodies: remember(state.bodies, seq, bodies),
  }),
  // What came before we did is in the record; only what we should have heard is a loss.
  missed: (state, { count }) =>
    state.heard === 0
      ? state
      : {
          ...state,
          counts: { ...state.counts, missed: state.counts.missed + count },
          log: withEntries(state.log, [
            entry(state, `the feed was faster than we: ${count} missed`),
          ]),
        },
  link: (state, { link, place = state.place }) =>
    isSame(state.link, link) && place === state.place
      ? state
      : {
          ...state,
          link,
          place,
          log: withEntries(state.log, [
            entry(state, linkSentence(link, place), LOST.includes(link.kind) ? 'warn' : 'plain'),
          ]),
        },
  snapshot: (state, { body }) => ({ ...begunAnew(state, body), snapshot: body }),
  server: withServerNews,
  form: (state, { news }) => formTold(state, news),
  previewed: (state, told) => previewed(state, told),
  written: (state, { written }) => want({ ...closeRule(state), written }, { kind: 'snapshot' }),
  ended: (state, { id }) =>
    want(say(state, `session ${id} is over; its client begins another if it goes on`, 'permit'), {
      kind: 'snapshot',
    }),
  replayed: (state, { replayed }) => ({
    ...state,
    replayed,
    question: replayed.live || replayed.tone !== 'permit' ? state.question : forReal(replayed),
  }),
  'replay over': (state) => withoutQuestion({ ...state, replaying: undefined }, 'replay'),
  drafted: (state, { draft }) => ({ ...state, draft }),
  said: (state, { text, tone }) => say(state, text, tone),
  tick: (state, { now }) => withFigures({ ...state, now }),
  resize: (state, { size }) => settleCursor({ ...state, size }),
  key: (state, { key }, keymap) => press({ ...state, message: undefined }, key, keymap),
  paste: (state, { text }) =>
    state.input === undefined ? pasteIntoForm(state, text) : editInput(state, text, true),
  taken: (state) => (state.wants.length === 0 ? state : { ...state, wants: [] }),
}

/** @param scrollLimit how far the text on the screen can be moved, which only its view knows */
export const createReducer =
  (
    keymap: readonly Binding[],
    scrollLimit: (state: State, keymap: readonly Binding[]) => number,
  ): Reducer =>
  (state, event) => {
    // The table's row is the one of this very type.
    const reduce = REDUCERS[event.type] as Reduce<typeof event.type>
    const next = seen(state, reduce(state, event as never, keymap))
    return event.type === 'key'
      ? havingFigures(pinned(withinText(next, scrollLimit(next, keymap))))
      : next
  }

/** Who looks into one call, or acts on it, stays with it whatever comes. */
const pinned = (state: State): State =>
  state.follow && (state.detail !== undefined || state.rule !== undefined)
    ? { ...state, follow: false }
    : state

const withinText = (state: State, limit: number): State => {
  const { help, detail, scroll } = state
  if (help !== undefined)
    return { ...state, help: { ...help, scroll: Math.min(help.scroll, limit) } }
  if (detail === undefined) return { ...state, scroll: Math.min(scroll, limit) }
  return { ...state, detail: { ...detail, scroll: Math.min(detail.scroll, limit) } }
}

const press = (state: State, key: string, keymap: readonly Binding[]): State => {
  if (state.question !== undefined) return answer(state, key)
  if (state.input !== undefined) return editInput(state, key, false)
  const typed = state.chord === undefined ? key : `${state.chord} ${key}`
  const found = lookUp(keymap, focusOf(state), typed)
  const free = { ...state, chord: undefined }
  if (found === undefined && focusOf(state) === 'form') {
    return changeForm(free, (form) => typeInto(form, key))
  }
  if (found === 'chord') return { ...state, chord: typed }
  return found === undefined ? free : runCommand(free, found.command)
}

/** Where keys go. */
export const focusOf = ({ help, rule, detail, screen, browse }: State): Focus => {
  if (help !== undefined) return 'help'
  if (rule !== undefined) return 'rule'
  if (screen === 'servers' && browse.page === 'form') return 'form'
  return detail === undefined ? screen : 'detail'
}

const changeForm = (state: State, change: (form: Form) => Form): State => {
  const { browse } = state
  return browse.form === undefined
    ? state
    : { ...state, browse: { ...browse, form: change(browse.form) } }
}

const pasteIntoForm = (state: State, text: string): State =>
  focusOf(state) === 'form' ? changeForm(state, (form) => typeInto(form, text, true)) : state

/** A form that changed shows where it did. */
const seen = (before: State, after: State): State =>
  before.browse.form !== after.browse.form && focusOf(after) === 'form' ? formInView(after) : after

/** Whoever went elsewhere hears that the call is over. */
const formTold = (state: State, news: FormNews): State => {
  const told = changeForm(state, (form) => withFormNews(form, news))
  const { form } = told.browse
  if (form === undefined || isUnderWay(form)) return told
  const isHere = focusOf(told) === 'form'
  const wasUnderWay = state.browse.form !== undefined && isUnderWay(state.browse.form)
  const free = withoutQuestion(told, 'form')
  return wasUnderWay && !isHere ? say(free, `${form.tool.name} is over; its form says how`) : free
}

const withoutQuestion = (state: State, call: RunningCall): State =>
  state.question?.whileRunning === call ? { ...state, question: undefined } : state

const forReal = ({ parameters }: Replayed) => ({
  text: `It would be permitted. Call it again${parameters === undefined ? '' : ' with what you wrote'}, for real?`,
  answers: [
    { key: 'y', label: 'call it', command: 'replay live' },
    { key: 'n', label: 'no', command: 'stay' },
  ],
})

const answer = (state: State, key: string): State => {
  const { question, ...rest } = state
  const free: State = { ...rest, question: undefined }
  const found = question?.answers.find((each) => each.key === key)
  if (found) return runCommand(free, found.command)
  return key === 'esc' || key === 'n' ? free : state
}

/** Another gateway may have taken the place of the one that was watched, with a record of its own. */
const begunAnew = (state: State, { gateway, record }: Snapshot): State => {
  const before = state.snapshot?.gateway.started_at
  if (before === undefined || before === gateway.started_at) return state
  if (record.head_seq >= state.heard) return state
  const empty: State = {
    ...state,
    rows: [],
    open: new Map(),
    heard: 0,
    marked: new Set(),
    whole: new Map(),
    cursor: undefined,
    top: undefined,
    paused: undefined,
    detail: undefined,
    rule: undefined,
    follow: true,
    exhausted: false,
    log: withEntries(state.log, [entry(state, 'the record began anew; what came before is gone')]),
  }
  return want(say(refresh(empty), 'the record began anew', 'warn'), {
    kind: 'history',
    before: undefined,
    filter: '',
  })
}

/** Whole events that stay at hand. */
const REMEMBERED = 50

const remember = <T>(known: ReadonlyMap<number, T>, seq: number, value: T) =>
  new Map([...known, [seq, value] as const].slice(-REMEMBERED))

/** A gateway that stays away is said once. */
const isSame = (left: Link, right: Link): boolean =>
  left.kind === right.kind && linkSentence(left, '') === linkSentence(right, '')

const LOST: readonly Link['kind'][] = ['lost', 'refused']

const entry = ({ now }: State, text: string, tone: LogEntry['tone'] = 'warn'): LogEntry => ({
  at: now,
  text,
  tone,
})

export const linkSentence = (link: Link, place: string): string => {
  switch (link.kind) {
    case 'opening':
      return `reaching ${place}`
    case 'live':
      return `watching ${place}`
    case 'file':
      return `reading ${place}`
    default:
      return link.sentence
  }
}
