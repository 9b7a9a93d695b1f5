import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Bodies, EventDetailSchema, GatewayEventSchema } from '../../src/core/history.ts'
import { RulePreviewSchema } from '../../src/core/rule.ts'
import { SnapshotSchema } from '../../src/core/snapshot.ts'
import { firstViolation } from '../../src/lib/schema-violation.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { frame } from '../../tui/screen.ts'
import { spoken } from '../../tui/speak.ts'
import type { State } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { createEmulator, type Measure, tornAt } from '../support/emulator.ts'
import { NAUGHTY, naughty, poisoned } from '../support/naughty.ts'
import { PREVIEW, SNAPSHOT } from './snapshot.ts'
import { after, fresh, live, pressed, SOME } from './states.ts'

/** Everything that can be said to the screen, with texts from a list that begins anew at its end. */
const poisonedWorld = (texts: readonly string[], columns: number, rows: number): World => {
  let at = 0
  const next = () => texts[at++ % texts.length] ?? ''
  const accepted = <T>(schema: Parameters<typeof firstViolation>[0], value: T): T => {
    // What the schema names word by word stays: the rest of a gateway's answer would be refused with it.
    let whole = value
    const spare = new Set<string>()
    for (;;) {
      whole = poisoned(value, next, (path) => spare.has(path))
      const violation = firstViolation(schema, whole)
      if (violation === undefined) return whole
      const path = violation.path.map((part) => (typeof part === 'number' ? '*' : part)).join('.')
      if (spare.has(`.${path}`)) throw new Error(`.${path} ${violation.sentence}`)
      spare.add(`.${path}`)
    }
  }
  const events = SOME.map((event) => ({ ...accepted(GatewayEventSchema, event), seq: event.seq }))
  const snapshot = accepted(SnapshotSchema, SNAPSHOT)
  const preview = accepted(RulePreviewSchema, PREVIEW)
  const whole = { [next()]: next(), list: [next(), { [next()]: [next(), 1e21, null, true] }] }
  const bodies: Bodies = {
    headers: { [next()]: next(), [next()]: next() },
    request: { characters: 99, text: JSON.stringify({ params: whole }) },
    replies: [
      { characters: 60, text: next() },
      { characters: 60, text: JSON.stringify({ result: { content: [whole], text: next() } }) },
    ],
    dropped: 3,
  }
  const tools = Array.from({ length: 5 }, () => ({
    name: next(),
    description: next(),
    schema: {
      type: 'object',
      description: next(),
      required: [next(), next()],
      properties: {
        [next()]: { type: 'string', description: next(), default: next(), enum: [next(), next()] },
        [next()]: { type: [next(), 'null'], title: next(), examples: [next()], default: whole },
        [next()]: { type: 'object', properties: { [next()]: { const: next() } } },
        [next()]: { anyOf: [{ $ref: next() }, whole], pattern: next(), format: next() },
        '': whole,
      },
    },
    annotations: { title: next(), destructiveHint: true },
  }))
  const state = live(
    fresh(columns, rows, {
      theme: createTheme('default', false),
      place: next(),
      guide: at % 2 === 0,
    }),
    events,
  )
  const informed = after(
    state,
    { type: 'snapshot', body: snapshot },
    { type: 'link', link: { kind: 'lost', sentence: next() } },
    { type: 'link', link: { kind: 'live' }, place: next() },
    ...snapshot.servers.flatMap(({ name }) => [
      { type: 'server' as const, server: name, tools: { value: tools } },
      { type: 'server' as const, server: name, log: { value: [next(), next()] } },
    ]),
    ...state.rows.map(({ seq, event }) => ({
      type: 'whole' as const,
      seq,
      event: { ...event, parameters: whole },
      bodies,
    })),
  )
  return { state: informed, next, preview }
}

type World = Readonly<{ state: State; next: () => string; preview: typeof PREVIEW }>

const replayed = ({ state, next }: World, live: boolean): State => {
  const [seq = 0] = [state.cursor]
  return after(pressed(state, 'enter'), {
    type: 'replayed',
    replayed: { seq, live, tone: 'deny', lines: [next(), next()] },
  })
}

const onForm = ({ state }: World): State => pressed(state, '2 enter enter enter')
const answered = (world: World): State => {
  const state = onForm(world)
  const turn = state.browse.form?.turn ?? -1
  const value = { [world.next()]: [world.next(), { [world.next()]: world.next() }] }
  return after(state, {
    type: 'form',
    news: {
      turn,
      problems: [{ path: world.next(), sentence: world.next() }],
      progress: { kind: 'done', tone: 'permit', value },
    },
  })
}

const SCENES: readonly (readonly [name: string, scene: (world: World) => State])[] = [
  ...['k', 'k k k', 'p', 'w', 'w w', 'm j m', '?', '? G', 'y', 'g', 'ctrl-l'].map(keys),
  ...['enter', 'g enter', 'k k enter', 'k k k k k enter'].flatMap((open) =>
    [
      '',
      ' ]',
      ' ] ]',
      ' ] ] ]',
      ' ] ] ] ]',
      ' ] ] ] ] ]',
      ' ] G',
      ' ] ] ] ] G',
      ' ] j j space',
    ].map((then) => keys(`${open}${then}`)),
  ),
  ...['2', '2 j', '2 enter', '2 enter enter', '2 enter j enter', '2 enter enter enter'].map(keys),
  ...['3', '3 j', '3 G', '4', '4 j j', '4 G', '5', '5 G', '6', '6 g', 'R'].map(keys),
  ['a form that was answered', answered],
  ['a call made again', (world) => replayed(world, true)],
  ['a call that would be made again', (world) => replayed(world, false)],
  ['a rule', ({ state, preview }) => after(pressed(state, 'R'), { type: 'previewed', preview })],
  [
    'a rule that cannot be',
    ({ state, next }) => after(pressed(state, 'R'), { type: 'previewed', problem: next() }),
  ],
  ['a message', ({ state, next }) => after(state, { type: 'said', text: next(), tone: 'warn' })],
  [
    'a filter, pasted',
    ({ state, next }) => after(pressed(state, '/'), { type: 'paste', text: next() }),
  ],
  [
    'a command, pasted and given',
    ({ state, next }) =>
      pressed(after(pressed(state, ':'), { type: 'paste', text: next() }), 'enter'),
  ],
  [
    'a gateway that refuses',
    ({ state, next }) =>
      after(state, { type: 'link', link: { kind: 'refused', sentence: next() } }),
  ],
]

function keys(text: string): readonly [string, (world: World) => State] {
  return [text, ({ state }) => pressed(state, text)]
}

/** What a frame does to a terminal that already shows something else. */
const drawn = (lines: readonly string[], { columns, rows }: State['size'], measure: Measure) => {
  const terminal = createEmulator(columns, rows, measure)
  terminal.write(`\u001b[?7l${'#'.repeat(columns)}`)
  for (const [at, text] of lines.entries()) {
    terminal.write(`\u001b[${at + 1};1H${text}`)
  }
  return terminal
}

const isWhole = (state: State, name: string): void => {
  const { columns, rows } = state.size
  const lines = frame(state, KEYMAP).split('\n')
  expect(lines, name).toHaveLength(rows)
  for (const measure of ['libc', 'clusters'] as const) {
    const terminal = drawn(lines, state.size, measure)
    expect(terminal.faults(), name).toEqual([])
    expect(terminal.text(), name).not.toContain('#####')
    if (columns >= 140 && rows >= 24) expect(tornAt(terminal.cells()), name).toEqual([])
  }
}

test.each([
  [60, 15],
  [80, 24],
  [100, 30],
  [160, 50],
])(
  'at %ix%i no screen lets anything but our own sequences through, and no line is torn',
  (columns, rows) => {
    const world = poisonedWorld(NAUGHTY, columns, rows)
    for (const [name, scene] of SCENES) isWhole(scene(world), name)
  },
)

test('nor at any other size, with any other text', () => {
  fc.assert(
    fc.property(
      fc.array(naughty, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 15, max: 60 }),
      fc.constantFrom(...SCENES),
      (texts, columns, rows, [name, scene]) =>
        isWhole(scene(poisonedWorld(texts, columns, rows)), name),
    ),
    { numRuns: 40 },
  )
})

test('what is read aloud is harmless too', () => {
  const world = poisonedWorld(NAUGHTY, 80, 24)
  for (const [name, scene] of SCENES) {
    const terminal = createEmulator(400, 100)
    const said = spoken(live(fresh(), []), scene(world), KEYMAP)
    terminal.write(said.map((each) => `${each}\r\n`).join(''))
    expect(terminal.faults(), name).toEqual([])
  }
})

test('the schemas of these tests are those of the gateway', () => {
  expect(firstViolation(EventDetailSchema, { event: SOME[0], rows: [] })).toBeUndefined()
})
