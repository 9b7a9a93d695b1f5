import { describe, expect, test } from 'bun:test'
import { parseLossless } from '../../src/client.ts'
import { fieldsOf, jsonFaults, parametersIn } from '../../tui/fields.ts'
import type { State } from '../../tui/state.ts'
import type { ListedTool } from '../../tui/tool.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, shown, typed } from './states.ts'

const DIGITS = '12345678901234567890'

const formOf = (schema: ListedTool['schema'], size: readonly [number, number] = [80, 24]): State =>
  pressed(
    after(pressed(after(live(fresh(...size)), { type: 'snapshot', body: SNAPSHOT }), '2 enter'), {
      type: 'server',
      server: 'dev-server',
      tools: {
        value: [{ name: 'query', description: '', schema, annotations: { readOnlyHint: true } }],
      },
    }),
    'enter enter',
  )

const lastWant = (state: State) => state.wants.at(-1)
const turnOf = (state: State): number => state.browse.form?.turn ?? -1

const told = (state: State, progress: NonNullable<State['browse']['form']>['progress']): State =>
  after(state, { type: 'form', news: { turn: turnOf(state), progress } })

const NESTED = {
  type: 'object',
  required: ['where'],
  properties: {
    name: { type: 'string' },
    where: { type: 'object', properties: { id: { type: 'integer' } } },
    any: {},
    tags: { type: 'array', items: { type: 'string' } },
    rows: { type: 'array', items: { type: 'object' } },
    either: { oneOf: [{ type: 'string' }, { type: 'object' }] },
    chosen: { enum: [1, null, 'a'] },
  },
  additionalProperties: { type: 'number' },
}

describe('fields of JSON', () => {
  test('stand where no other text can say the value, and one for all that is not named', () => {
    expect(fieldsOf(NESTED).map(({ name, json }) => [name, json])).toEqual([
      ['name', undefined],
      ['where', 'value'],
      ['any', 'value'],
      ['tags', undefined],
      ['rows', 'value'],
      ['either', 'value'],
      ['chosen', undefined],
      ['{ }', 'others'],
    ])
  })

  test.each([
    [{}, ['{ }']],
    [{ type: 'object' }, ['{ }']],
    [{ type: 'object', properties: {} }, []],
    [{ type: 'object', additionalProperties: false }, []],
    [{ type: 'object', properties: { a: { type: 'string' } } }, ['a']],
    [{ patternProperties: { '^x': {} }, properties: { a: { type: 'string' } } }, ['a', '{ }']],
    [
      { oneOf: [{ properties: { a: { type: 'string' } } }, { additionalProperties: true }] },
      ['a', '{ }'],
    ],
  ])('%j has these', (schema, names) => {
    expect(fieldsOf(schema).map(({ name }) => name)).toEqual(names as string[])
  })

  test('give values with their digits, and all others beside the named ones', () => {
    const texts: Readonly<Record<string, string>> = {
      name: '5',
      where: `{"id": ${DIGITS}}`,
      any: '"5"',
      either: '{"a": [1.0]}',
      '{ }': `{"more": ${DIGITS}, "__proto__": 1}`,
    }
    const fields = fieldsOf(NESTED).map((each) => ({ ...each, text: texts[each.name] ?? '' }))
    expect(jsonFaults(fields)).toEqual([])
    expect(JSON.stringify(parametersIn(fields, NESTED))).toBe(
      `{"name":"5","where":{"id":${DIGITS}},"any":"5","either":{"a":[1.0]},"more":${DIGITS},"__proto__":1}`,
    )
  })

  test('a choice may be a number that no double holds', () => {
    const schema = parseLossless(
      `{"properties":{"id":{"enum":[${DIGITS}]}}}`,
    ) as ListedTool['schema']
    const fields = fieldsOf(schema).map((each) => ({ ...each, text: DIGITS }))
    expect(fields[0]?.choices).toEqual([DIGITS])
    expect(JSON.stringify(parametersIn(fields, schema))).toBe(`{"id":${DIGITS}}`)
  })

  test('what is no object, or has a field of its own, is none of the others', () => {
    const withOthers = (text: string) =>
      fieldsOf(NESTED).map((each) => ({
        ...each,
        text: each.json === 'others' ? text : each.name === 'name' ? 'x' : '',
      }))
    expect(jsonFaults(withOthers('[1]'))).toEqual([
      { path: '{ }', sentence: 'expected an object, { … }' },
    ])
    expect(jsonFaults(withOthers('{"name": 1}'))).toEqual([
      { path: '{ }', sentence: 'name has a field of its own' },
    ])
  })
})

describe('JSON as it is typed', () => {
  const onWhere = (size?: readonly [number, number]) => pressed(formOf(NESTED, size), 'tab')

  test('what only has to go on is told softly, what is wrong with its place', () => {
    expect(shown(typed(onWhere(), '{"id": '))).toContain('… no JSON yet: expected a value')
    const wrong = shown(typed(onWhere([110, 30]), '{"id": x}'))
    expect(wrong).toContain(
      '! no JSON at character 8: expected a value; text stands in double quotes',
    )
    const [typedLine = '', sign = ''] = wrong
      .split('\n')
      .slice(wrong.split('\n').findIndex((each) => each.includes('{"id": x}')))
      .filter((each) => each.includes('{"id"') || each.trim() === '^')
    expect(sign.indexOf('^')).toBe(typedLine.indexOf('x}'))
    expect(shown(typed(onWhere(), '{"id": 1}'))).not.toContain('no JSON')
  })

  test('nothing is asked before it is JSON, and the cursor goes where it is not', () => {
    const state = pressed(typed(onWhere(), '{"id": x}'), 'tab tab enter')
    expect(state.browse.form?.at).toBe(1)
    expect(state.wants.some(({ kind }) => kind === 'form')).toBe(false)
    expect(lastWant(pressed(typed(onWhere(), '{"id": 5}'), 'enter'))).toMatchObject({
      kind: 'form',
      parameters: { where: { id: 5 } },
    })
  })

  test('a pasted document of many lines is one value', () => {
    const text = `{\n  "id": ${DIGITS}\n}\n`
    const state = pressed(after(onWhere(), { type: 'paste', text }), 'enter')
    expect(JSON.stringify(lastWant(state))).toContain(`{"where":{"id":${DIGITS}}}`)
  })
})

describe('a call of the form that runs', () => {
  const calling = (): State => {
    const asked = pressed(formOf({ type: 'object', properties: {} }), 'enter')
    return pressed(told(asked, { kind: 'decided', permitted: true, lines: ['by role'] }), 'enter')
  }

  test('ctrl-c cancels it, and once more leaves', () => {
    expect(shown(calling())).toContain('ctrl-c cancels it')
    const cancelling = pressed(calling(), 'ctrl-c')
    expect(lastWant(cancelling)).toEqual({ kind: 'cancel', call: 'form' })
    expect(shown(cancelling)).toContain('cancelling')
    expect(lastWant(pressed(cancelling, 'ctrl-c'))).toMatchObject({ kind: 'leave' })
    const over = told(cancelling, { kind: 'cancelled', after: 2100 })
    expect(shown(over)).toContain('CANCELLED  after')
    expect(shown(over)).toContain('the record says so')
    expect(lastWant(pressed(over, 'enter'))).toMatchObject({ kind: 'form', live: false })
  })

  test('esc asks, and what it asks is gone when the call is over', () => {
    const asked = pressed(calling(), 'esc')
    expect(asked.question?.text).toContain('still running')
    expect(lastWant(pressed(asked, 'c'))).toEqual({ kind: 'cancel', call: 'form' })
    expect(pressed(asked, 'n').browse.page).toBe('form')
    const elsewhere = pressed(asked, 'l')
    expect(elsewhere.browse.page).toBe('tool')
    const done = told(asked, { kind: 'done', tone: 'permit', value: {} })
    expect(done.question).toBeUndefined()
    expect(told(elsewhere, { kind: 'done', tone: 'permit', value: {} }).message?.text).toBe(
      'query is over; its form says how',
    )
  })

  test('what is typed meanwhile changes nothing, and its answer still counts', () => {
    const state = typed(calling(), 'abc')
    expect(state.browse.form?.progress.kind).toBe('calling')
    const done = told(state, { kind: 'done', tone: 'permit', value: { id: parseLossless(DIGITS) } })
    expect(shown(done)).toContain(DIGITS)
    expect(shown(done)).not.toContain('rawJSON')
  })
})

describe('a call that is made again', () => {
  const listed = (event = call(1)) => after(live(fresh(), [event]), { type: 'taken' })
  const permitted = (state: State, parameters?: Readonly<Record<string, unknown>>): State =>
    after(
      state,
      { type: 'taken' },
      {
        type: 'replayed',
        replayed: {
          seq: 1,
          live: false,
          lines: ['by role'],
          tone: 'permit',
          ...(parameters && { parameters }),
        },
      },
      { type: 'replay over' },
    )

  test('ctrl-c cancels it while it runs, esc asks, and one at a time runs', () => {
    const running = pressed(permitted(pressed(listed(), 'r')), 'y')
    expect(shown(running)).toContain('calling again')
    expect(pressed(running, 'r').message?.text).toBe('the answer has not come yet')
    const cancelled = pressed(running, 'ctrl-c')
    expect(lastWant(cancelled)).toEqual({ kind: 'cancel', call: 'replay' })
    expect(lastWant(pressed(running, 'esc c'))).toEqual({ kind: 'cancel', call: 'replay' })
    const over = after(pressed(running, 'esc'), { type: 'replay over' })
    expect(over.question).toBeUndefined()
    expect(pressed(over, 'esc').detail).toBeUndefined()
  })

  test('with parameters of an editor: policy first, then those very parameters', () => {
    const asked = pressed(listed(), 'E')
    expect(asked.wants).toEqual([{ kind: 'edit parameters', seq: 1, text: undefined }])
    const written = { query: parseLossless(DIGITS) }
    const said = permitted(asked, written)
    expect(shown(said)).toContain(DIGITS)
    expect(said.question?.text).toContain('with what you wrote')
    expect(pressed(said, 'y').wants).toEqual([
      { kind: 'replay', seq: 1, live: true, parameters: written },
    ])
  })

  test('what could not be read is opened again', () => {
    const state = after(listed(), { type: 'drafted', draft: { seq: 1, text: '{ oops' } })
    expect(lastWant(pressed(state, 'E'))).toMatchObject({ text: '{ oops' })
  })

  test('a recording has nobody to ask', () => {
    const state = after(listed(), { type: 'link', link: { kind: 'file' } })
    expect(pressed(state, 'E').wants).toEqual([])
    expect(pressed(state, 'E').message?.text).toContain('no gateway')
  })
})

describe('copy and export', () => {
  test('y m copies a report that names the rule and its line', () => {
    expect(pressed(live(fresh(), [denied(1)]), 'y m').wants).toMatchObject([
      { kind: 'copy', what: 'markdown', text: expect.stringContaining('policies/policy.yaml:31') },
    ])
  })

  test('e offers a name, and the ending says the format', () => {
    const asked = pressed(live(fresh()), 'e')
    expect(asked.input?.text).toBe('export datacline-20261122-103100.jsonl')
    expect(pressed(asked, 'enter').wants).toMatchObject([
      { kind: 'export', path: 'datacline-20261122-103100.jsonl' },
    ])
    const other = pressed(typed(pressed(live(fresh()), ':'), 'export a.xlsx'), 'enter')
    expect(other.wants).toEqual([])
    expect(other.message?.text).toBe(
      'a.xlsx: its ending says no format; .jsonl, .har, .csv and .html do',
    )
  })
})

describe('a form that is larger than the screen', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`field_${at}`, { type: 'string' }]),
  )
  const large = () => formOf({ type: 'object', properties: many })

  test('shows the field that is typed into, wherever the cursor goes', () => {
    let state = large()
    for (let at = 0; at < 40; at++) {
      expect(shown(state)).toContain(`▸ field_${at} `)
      state = pressed(state, 'tab')
    }
    expect(shown(state)).toContain('▸ field_0 ')
    expect(shown(state)).toContain('Call query')
    expect(shown(pressed(state, 'up'))).toContain('▸ field_39 ')
  })

  test('shows what policy says and what comes back, and the field again when it is typed into', () => {
    const decided = told(pressed(large(), 'enter'), {
      kind: 'decided',
      permitted: true,
      lines: ['by role'],
    })
    expect(shown(decided)).toContain('PERMITTED')
    const done = told(decided, { kind: 'done', tone: 'permit', value: { id: 1 } })
    expect(shown(done)).toContain('the tool answered')
    expect(shown(typed(done, 'x'))).toContain('▸ field_0 ')
  })
})
