import { describe, expect, test } from 'bun:test'
import { readEventFile } from '../../src/client/event-file.ts'
import { parseLossless } from '../../src/client.ts'
import { exportCalls } from '../../tui/export.ts'
import type { State } from '../../tui/state.ts'
import { askWhole } from '../../tui/whole.ts'
import { after, call, fresh, SOME } from './states.ts'

const DIGITS = '12345678901234567890'
/** More than a row keeps in memory. */
const LARGE = call(1, {
  parameters: parseLossless(`{"id":${DIGITS},"text":"${'x'.repeat(5_000)}"}`),
})
const EVENTS = [LARGE, ...SOME.slice(1).filter(({ phase }) => phase !== 'event')]

const recording = (): State =>
  after(fresh(), { type: 'link', link: { kind: 'file' } }, { type: 'heard', events: EVENTS })

const exported = async (state: State, path: string) => {
  const files = new Map<string, string>()
  const said: string[] = []
  await exportCalls(
    { kind: 'export', path, seqs: state.rows.map(({ seq }) => seq) },
    {
      reach: () => Promise.reject(new Error('a recording has no gateway behind it')),
      get: () => state,
      recorded: (seq) => EVENTS.find((event) => event.seq === seq),
      dispatch: (event) => void (event.type === 'said' && said.push(event.text)),
      write: async (name, text) => void files.set(name, text),
      version: '1.2.3',
    },
  )
  return { text: files.get(path) ?? '', said }
}

describe('what is listed, as a file', () => {
  test('JSON lines are the recording again, also what was too large for a row', async () => {
    const { text, said } = await exported(recording(), 'again.jsonl')
    const { events, faults } = readEventFile(text)
    expect(faults).toEqual([])
    expect(events.map((event) => JSON.stringify(event))).toEqual(
      EVENTS.map((event) => JSON.stringify(event)),
    )
    expect(text).toContain(`"id":${DIGITS}`)
    expect(said).toEqual([`${EVENTS.length} calls written to again.jsonl`])
  })

  test('each ending gives its format, and another one a sentence and no file', async () => {
    const begins = {
      'a.har': '{\n  "log": {',
      'a.csv': 'seq,timestamp,',
      'a.HTML': '<!doctype html>',
    }
    for (const [path, begin] of Object.entries(begins)) {
      expect((await exported(recording(), path)).text).toStartWith(begin)
    }
    await expect(exported(recording(), 'a.pdf')).rejects.toThrow(
      'a.pdf: its ending says no format; .jsonl, .har, .csv and .html do',
    )
  })

  test('a call of a recording is opened whole', async () => {
    const state = recording()
    const [row] = state.rows
    expect(row?.slim).toBe(true)
    const { event } = await askWhole(row?.event ?? LARGE, {
      reach: () => Promise.reject(new Error('no gateway')),
      get: () => state,
      recorded: () => LARGE,
    })
    expect(JSON.stringify(event.parameters)).toContain(DIGITS)
  })
})
