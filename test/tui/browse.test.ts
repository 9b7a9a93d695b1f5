import { describe, expect, test } from 'bun:test'
import type { Bodies } from '../../src/core/history.ts'
import type { State } from '../../tui/state.ts'
import type { ListedTool } from '../../tui/tool.ts'
import { golden } from './golden.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, fresh, live, pressed, shown, typed } from './states.ts'

const TOOLS: readonly ListedTool[] = [
  {
    name: 'query',
    description: 'Runs a query.\nOnly reads.',
    schema: {
      type: 'object',
      required: ['sql', 'limit'],
      properties: {
        sql: { type: 'string', description: 'What to ask', minLength: 1 },
        limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
        format: { enum: ['rows', 'csv'] },
        verbose: { type: 'boolean' },
        page: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] },
      },
    },
    annotations: { readOnlyHint: true },
  },
  { name: 'wipe', description: 'Deletes everything', schema: {}, annotations: {} },
]

const informed = (columns = 80, rows = 24): State =>
  after(live(fresh(columns, rows)), { type: 'snapshot', body: SNAPSHOT })

const onServer = (columns?: number, rows?: number): State =>
  after(
    pressed(informed(columns, rows), '2 enter'),
    { type: 'server', server: 'dev-server', tools: { value: TOOLS } },
    { type: 'server', server: 'dev-server', log: { value: ['listening'] } },
  )

const onForm = (columns?: number, rows?: number): State =>
  pressed(onServer(columns, rows), 'enter enter')

const turnOf = (state: State): number => state.browse.form?.turn ?? -1
const lastWant = (state: State) => state.wants.at(-1)

const permitted = (state: State): State =>
  after(state, {
    type: 'form',
    news: {
      turn: turnOf(state),
      problems: [],
      progress: { kind: 'decided', permitted: true, lines: ['allowed by role developer'] },
    },
  })

const filled = (columns?: number, rows?: number): State => {
  const first = typed(onForm(columns, rows), 'select 1')
  return typed(pressed(first, 'tab'), '5')
}

const BODIES: Bodies = {
  headers: { 'mcp-method': 'tools/call', 'mcp-param-region': 'eu' },
  request: {
    characters: 99,
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"id":12345678901234567890}}}',
  },
  replies: [
    {
      characters: 60,
      text: '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}',
    },
    {
      characters: 1_000_000,
      text: '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"[omitted: 999000 bytes, sha256 ab]"}],"structuredContent":{"rows":[1,2],"note":"a\ufffdb"}}}',
    },
  ],
  dropped: 0,
}

const opened = (columns?: number, rows?: number): State => {
  const state = pressed(informed(columns, rows), 'enter ] ]')
  const [seq = 0, row] = [state.cursor, state.visible.at(-1)]
  if (row === undefined) throw new Error('no call')
  return after(state, { type: 'whole', seq, event: row.event, bodies: BODIES })
}

describe('servers and their tools', () => {
  test('enter opens the server and asks for its tools; esc goes back a page at a time', () => {
    const opened = pressed(informed(), '2 enter')
    expect(lastWant(opened)).toEqual({ kind: 'server', server: 'dev-server' })
    expect(shown(opened)).toContain('Asking the server')
    expect(lastWant(pressed(informed(), '2 j enter'))).toEqual({
      kind: 'server',
      server: 'prod-server',
    })
    const pages = ['form', 'tool', 'server', 'list']
    let state = onForm()
    for (const page of pages) {
      expect(state.browse.page).toBe(page as never)
      state = pressed(state, 'esc')
    }
    expect(state.screen).toBe('traffic')
  })

  test('the cursor holds on to a name while lists change, and stops at both ends', () => {
    const state = pressed(onServer(), 'j j j')
    expect(state.browse.tool).toBe('wipe')
    const [, wipe] = TOOLS
    const fewer = after(state, {
      type: 'server',
      server: 'dev-server',
      tools: { value: wipe === undefined ? [] : [wipe] },
    })
    expect(shown(fewer)).toContain('▸ wipe')
    expect(pressed(state, 'k k k k').browse.tool).toBe('query')
  })

  test('what cannot be had is said where it would be', () => {
    const state = after(pressed(informed(), '2 enter'), {
      type: 'server',
      server: 'dev-server',
      tools: { problem: 'Access denied' },
    })
    expect(shown(state)).toContain('Access denied')
    expect(pressed(state, 'enter').message?.text).toBe('there is no tool to open')
  })

  test('all that a tool says of itself is told, and that nobody checked it', () => {
    const annotations = {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    }
    const tools = { value: TOOLS.map((tool) => ({ ...tool, annotations })) }
    const state = after(onServer(), { type: 'server', server: 'dev-server', tools })
    expect(shown(pressed(state, 'enter')).replace(/\s+/g, ' ')).toContain(
      'reaches the outside: no (nobody checked)',
    )
  })
})

describe('the form of a call', () => {
  test('letters that are commands elsewhere are typed, and choices are gone through', () => {
    const state = typed(onForm(), 'q:/?j')
    expect(state.browse.form?.fields[0]?.text).toBe('q:/?j')
    const format = pressed(state, 'tab tab right right')
    expect(format.browse.form?.fields[2]?.text).toBe('csv')
    expect(pressed(format, 'tab t').browse.form?.fields[3]?.text).toBe('true')
  })

  test('parameters have the types of their schema, and what is empty is not given', () => {
    expect(lastWant(pressed(filled(), 'enter'))).toMatchObject({
      kind: 'form',
      live: false,
      server: 'dev-server',
      parameters: { sql: 'select 1', limit: 5 },
    })
  })

  test('nothing is called before policy permitted these very parameters', () => {
    const asked = pressed(filled(), 'enter')
    expect(pressed(asked, 'enter').wants.filter(({ kind }) => kind === 'form')).toHaveLength(1)
    expect(lastWant(pressed(permitted(asked), 'enter'))).toMatchObject({ live: true })
    const changed = typed(permitted(asked), '0')
    expect(lastWant(pressed(changed, 'enter'))).toMatchObject({
      live: false,
      parameters: { limit: 50 },
    })
    // A late answer to what was typed before counts for nothing.
    const late = after(typed(asked, '0'), {
      type: 'form',
      news: {
        turn: turnOf(asked),
        progress: { kind: 'decided', permitted: true, lines: [] },
      },
    })
    expect(late.browse.form?.progress.kind).toBe('editing')
  })

  test('a tool that may destroy is asked about once more, and no means no', () => {
    const form = pressed(onServer(), 'j enter enter enter')
    const ready = permitted(form)
    const asked = pressed(ready, 'enter')
    expect(asked.question?.text).toContain('may change or destroy')
    expect(lastWant(asked)).toMatchObject({ live: false })
    expect(lastWant(pressed(asked, 'n'))).toMatchObject({ live: false })
    expect(lastWant(pressed(asked, 'y'))).toMatchObject({ live: true })
  })

  test('a problem puts the cursor into its field', () => {
    const asked = pressed(filled(), 'enter')
    const told = after(asked, {
      type: 'form',
      news: {
        turn: turnOf(asked),
        problems: [{ path: 'page.size', sentence: 'missing (integer)' }],
        progress: { kind: 'editing' },
      },
    })
    expect(told.browse.form?.at).toBe(4)
    expect(shown(told)).toContain('! page.size missing (integer)')
  })

  test('pasted text is one value, whatever it holds', () => {
    const state = after(onForm(), { type: 'paste', text: 'a\nb\u001b[2J' })
    expect(state.browse.form?.fields[0]?.text).toBe('a b [2J')
  })
})

describe('what crossed', () => {
  test('every tab but why asks for it, and numbers stay as they were', () => {
    const state = pressed(informed(), 'enter ]')
    expect(lastWant(state)).toMatchObject({ kind: 'detail' })
    expect(shown(pressed(opened(), '['))).toContain('12345678901234567890')
  })

  test('a node folds and unfolds under the cursor, and other lines do nothing', () => {
    const state = opened()
    expect(pressed(state, ' ').message?.text).toBe('nothing folds on this line')
    let moved = state
    for (let count = 0; count < 60; count++) {
      const folded = pressed(moved, ' ')
      if (shown(folded).includes('structuredContent: { 2 }')) {
        expect(shown(pressed(folded, ' '))).toContain('structuredContent: {')
        return
      }
      moved = pressed(moved, 'j')
    }
    throw new Error('it never folded')
  })

  test('what was cut, and what was no text, is said', () => {
    const text = shown(opened(160, 50))
    expect(text).toContain('1000000 characters crossed')
    expect(text).toContain('1 characters were no valid text')
  })
})

describe('people and sessions', () => {
  test('f lists only the calls of who is under the cursor', () => {
    const state = pressed(informed(), '4 j f')
    expect(state.screen).toBe('traffic')
    expect(state.filter.text).toBe('user:="analyst@example.com"')
    expect(pressed(informed(), '4 j j f').filter.text).toBe(
      'user:="dev@example.com" server:="dev-server"',
    )
    expect(pressed(informed(), '4 j j j j j f').filter.text).toBe('user:="analyst@example.com"')
  })

  test('clients of the modern era are listed with what they call themselves and their revision', () => {
    const text = shown(pressed(informed(160, 50), '4'))
    expect(text).toMatch(
      /modern-agent 3\.0 +2026-07-28 +dev@example\.com +dev-server +29 +1 +2 +10:30:05 +10:22:00/,
    )
    expect(text).toMatch(/not said +2026-07-28 +analyst@example\.com/)
    const { clients: _, ...older } = SNAPSHOT
    const before = after(informed(), { type: 'snapshot', body: older })
    expect(shown(pressed(before, '4'))).toContain('0 of the modern era')
  })

  test('K ends the session under the cursor, and only after it was asked', () => {
    const here = pressed(informed(), '4 j j')
    const asked = pressed(after(here, { type: 'taken' }), 'K')
    expect(asked.question?.text).toBe(
      'End session 7f3a21c0 of some-agent 2.1, dev@example.com, on dev-server?',
    )
    expect(asked.wants).toEqual([])
    expect(pressed(asked, 'n').wants).toEqual([])
    const wanted = pressed(asked, 'y')
    expect(wanted.wants).toEqual([{ kind: 'end session', id: '7f3a21c0' }])
    const over = after(wanted, { type: 'taken' }, { type: 'ended', id: '7f3a21c0' })
    expect(over.message?.text).toContain('session 7f3a21c0 is over')
    expect(over.wants).toEqual([{ kind: 'snapshot' }])
  })

  test('K on a person or a client without a session, or without the right, ends nothing', () => {
    for (const keys of ['4', '4 j j j j']) {
      const refused = pressed(pressed(informed(), keys), 'K')
      expect(refused.message?.text).toBe('no session is under the cursor')
      expect(refused.question).toBeUndefined()
    }
    const watching = after(informed(), {
      type: 'snapshot',
      body: { ...SNAPSHOT, caller: { user: 'ana', may_admin: false } },
    })
    expect(pressed(watching, '4 j j K').message?.text).toContain('gateway:admin')
  })
})

const SCENES: readonly (readonly [string, (columns: number, rows: number) => State])[] = [
  ['server', onServer],
  ['tool', (columns, rows) => pressed(onServer(columns, rows), 'enter')],
  ['form', filled],
  ['form-permitted', (...size) => permitted(pressed(filled(...size), 'enter'))],
  [
    'form-done',
    (...size) => {
      const called = pressed(permitted(pressed(filled(...size), 'enter')), 'enter')
      const value = { structuredContent: { rows: [[1]] } }
      return after(called, {
        type: 'form',
        news: { turn: turnOf(called), progress: { kind: 'done', tone: 'permit', value } },
      })
    },
  ],
  ['crossed-response', opened],
  ['crossed-headers', (...size) => pressed(opened(...size), ']')],
  ['crossed-raw', (...size) => pressed(opened(...size), '] ]')],
]

describe('every page looks as it was looked at', () => {
  for (const [columns, rows] of [
    [80, 24],
    [160, 50],
  ] as const) {
    test.each(SCENES)(`%s at ${columns}x${rows}`, (name, scene) =>
      golden(`${name}-${columns}x${rows}`, shown(scene(columns, rows))),
    )
  }
})
