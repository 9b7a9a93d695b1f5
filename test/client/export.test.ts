import { describe, expect, test } from 'bun:test'
import { type TSchema, Type as t } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import { type EventFile, readEventFile } from '../../src/client/event-file.ts'
import { reportText } from '../../src/client/export/report.ts'
import {
  EXPORT_FORMATS,
  type ExportedCall,
  exportFormat,
  exportText,
} from '../../src/client/export.ts'
import { parseLossless } from '../../src/client.ts'
import type { AuditEvent } from '../../src/core/events.ts'

const SOURCE = { place: 'http://127.0.0.1:8000', version: '1.2.3' }

const STATUSES = [
  'pending',
  'success',
  'error',
  'denied',
  'cancelled',
  'refused',
  'unknown',
] as const

/** What people and machines put where nobody expects it. */
const NASTY = fc.oneof(
  fc.array(fc.nat(0xffff), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.nat(0xff), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    '=HYPERLINK("http://x")',
    ' +1',
    '-2',
    '@SUM(A1)',
    '＝1',
    '\t=1',
    'a,b;c"d\r\ne',
    "'",
    '</td><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '&lt;b&gt;',
    '\u001b]52;c;QQ==\u0007',
    '\u202egnp.exe',
    '```\n# x',
    '`',
    '\ud800',
    '',
  ),
)

const EVENTS: fc.Arbitrary<AuditEvent> = fc
  .record(
    {
      seq: fc.integer({ min: 1 }),
      phase: fc.constantFrom('intent', 'outcome', 'refusal'),
      exchange_id: NASTY,
      timestamp: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      level: fc.constant('INFO'),
      logger: fc.constant('audit'),
      event_type: fc.constant('mcp_request'),
      status: fc.constantFrom(...STATUSES),
      user: NASTY,
      method: NASTY,
      action: NASTY,
      mcp_server: NASTY,
      tool_name: NASTY,
      parameters: fc.dictionary(NASTY, fc.oneof(NASTY, fc.integer())),
      policy_decision: NASTY,
      error: NASTY,
      duration_ms: fc.nat(),
      response_status: fc.integer({ min: 100, max: 599 }),
    },
    {
      requiredKeys: [
        ...(['seq', 'phase', 'exchange_id', 'timestamp', 'level', 'logger'] as const),
        ...(['event_type', 'status'] as const),
      ],
    },
  )
  .map((event) => event as AuditEvent)

const BODY = fc.record({ characters: fc.nat(), text: NASTY }, { requiredKeys: ['characters'] })
const CALLS: fc.Arbitrary<readonly ExportedCall[]> = fc.uniqueArray(
  fc.record(
    {
      event: EVENTS,
      bodies: fc.record(
        {
          headers: fc.dictionary(NASTY, NASTY, { maxKeys: 2 }),
          request: BODY,
          replies: fc.array(BODY, { maxLength: 2 }),
          dropped: fc.nat(),
        },
        { requiredKeys: ['headers', 'replies', 'dropped'] },
      ),
    },
    { requiredKeys: ['event'] },
  ),
  { maxLength: 5, selector: ({ event }) => event.seq },
)

const bySeq = (calls: readonly ExportedCall[]) =>
  calls.toSorted((left, right) => left.event.seq - right.event.seq)

describe('the format of an export', () => {
  test('is told by the ending, and what has none of ours has none', () => {
    expect(exportFormat('a/b.HAR')).toBe('har')
    expect(['x.jsonl', 'x.ndjson', 'x.csv', 'x.html', 'x.htm'].map(exportFormat)).toEqual([
      'jsonl',
      'jsonl',
      'csv',
      'html',
      'html',
    ])
    const none = ['x', 'x.json', 'x.xlsx', 'har', '.constructor', 'x.toString', 'x.har.gz', '']
    for (const path of none) expect(exportFormat(path)).toBeUndefined()
    expect(EXPORT_FORMATS).toEqual(['jsonl', 'har', 'csv', 'html'])
  })
})

describe('JSON lines', () => {
  test('are read back as the calls that they were, with the digits of their numbers', () => {
    const digits = '12345678901234567890'
    const event: AuditEvent = {
      ...(fc.sample(EVENTS, { seed: 1, numRuns: 1 })[0] as AuditEvent),
      parameters: parseLossless(`{"id":${digits}}`),
    }
    const text = exportText('jsonl', [{ event }], SOURCE)
    expect(text).toContain(digits)
    const { events, faults }: EventFile = readEventFile(text)
    expect(faults).toEqual([])
    expect(JSON.stringify(events)).toBe(JSON.stringify([event]))
  })

  test('hold one call a line, the oldest first, whatever it says', () => {
    fc.assert(
      fc.property(CALLS, (calls) => {
        const lines = exportText('jsonl', calls, SOURCE).split('\n').slice(0, -1)
        expect(lines.map((line) => JSON.parse(line))).toEqual(
          bySeq(calls).map(({ event }) => JSON.parse(JSON.stringify(event))),
        )
      }),
    )
  })
})

/** The spec's own list of members; those of others begin with an underscore. */
const closed = (members: Readonly<Record<string, TSchema>>, optional: readonly string[] = []) =>
  t.Object(
    Object.fromEntries(
      Object.entries({ ...members, comment: t.String() }).map(([name, schema]) => [
        name,
        name === 'comment' || optional.includes(name) ? t.Optional(schema) : schema,
      ]),
    ),
    { additionalProperties: false },
  )
const NAMED = closed({ name: t.String(), value: t.String() })
const SIZE = t.Integer({ minimum: -1 })
const MOMENT = t.Number({ minimum: -1 })
const HAR = closed({
  log: closed({
    version: t.Literal('1.2'),
    creator: closed({ name: t.String(), version: t.String() }),
    entries: t.Array(
      closed({
        startedDateTime: t.RegExp(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        time: t.Number({ minimum: 0 }),
        request: closed(
          {
            method: t.String(),
            url: t.String(),
            httpVersion: t.String(),
            cookies: t.Array(t.Never()),
            headers: t.Array(NAMED),
            queryString: t.Array(NAMED),
            postData: closed({
              mimeType: t.String(),
              params: t.Array(t.Never()),
              text: t.String(),
            }),
            headersSize: SIZE,
            bodySize: SIZE,
          },
          ['postData'],
        ),
        response: closed({
          status: t.Integer({ minimum: 0 }),
          statusText: t.String(),
          httpVersion: t.String(),
          cookies: t.Array(t.Never()),
          headers: t.Array(NAMED),
          content: closed({ size: SIZE, mimeType: t.String(), text: t.String() }, ['text']),
          redirectURL: t.String(),
          headersSize: SIZE,
          bodySize: SIZE,
        }),
        cache: closed({}),
        timings: closed({
          blocked: MOMENT,
          dns: MOMENT,
          connect: MOMENT,
          ssl: MOMENT,
          send: MOMENT,
          wait: MOMENT,
          receive: MOMENT,
        }),
        _event: t.Object({}),
      }),
    ),
  }),
})

type Entry = Readonly<{
  startedDateTime: string
  time: number
  timings: Readonly<Record<string, number>>
  request: Readonly<{ url: string; postData?: Readonly<{ text: string }> }>
  comment: string
}>

const entriesOf = (text: string) =>
  (JSON.parse(text) as { log: { entries: readonly Entry[] } }).log.entries

describe('HAR', () => {
  test('is one of version 1.2, its addresses real and its times adding up', () => {
    fc.assert(
      fc.property(CALLS, (calls) => {
        const text = exportText('har', calls, SOURCE)
        expect([...Value.Errors(HAR, JSON.parse(text))]).toEqual([])
        const entries = entriesOf(text)
        expect(entries).toHaveLength(calls.length)
        for (const { request, time, timings } of entries) {
          expect(new URL(request.url).origin).toBe(SOURCE.place)
          const told = Object.values(timings).filter((moment) => moment >= 0)
          expect(told.reduce((sum, moment) => sum + moment, 0)).toBe(time)
        }
      }),
    )
  })

  test('a call says how it was decided, by which line, and what was asked', () => {
    const event = {
      ...(fc.sample(EVENTS, { seed: 3, numRuns: 1 })[0] as AuditEvent),
      phase: 'refusal' as const,
      status: 'denied' as const,
      timestamp: '2026-11-22T10:30:01.000Z',
      duration_ms: 250,
      method: 'tools/call',
      mcp_server: 'prod',
      tool_name: 'delete_user',
      parameters: parseLossless('{"id":12345678901234567890}'),
      policy_decision: 'denied by rule: Nobody deletes',
      error: 'no',
      decision: { at: 'policies/policy.yaml:31', rule: 'Nobody deletes' },
    } as unknown as AuditEvent
    const note = { ...event, phase: 'event' as const, seq: 9 }
    const [entry, ...more] = entriesOf(
      exportText('har', [{ event }, { event: note }], { ...SOURCE, place: 'export.jsonl' }),
    )
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      startedDateTime: '2026-11-22T10:30:00.750Z',
      comment: 'denied: denied by rule: Nobody deletes; at policies/policy.yaml:31; error: no',
    })
    expect(entry?.request.url).toBe('http://gateway.invalid/servers/prod/mcp')
    expect(entry?.request.postData?.text).toContain(
      '"params":{"name":"delete_user","arguments":{"id":12345678901234567890}}',
    )
  })

  test('messages that are at hand stand there as they crossed', () => {
    const [event] = fc.sample(EVENTS, { seed: 4, numRuns: 1 }) as [AuditEvent]
    const body = (text: string) => ({ text, characters: text.length })
    const bodies = {
      headers: { 'mcp-method': 'tools/call' },
      request: body('{"sent":1}'),
      replies: [body('{"progress":1}'), body('{"answer":"é"}')],
      dropped: 0,
    }
    expect(entriesOf(exportText('har', [{ event, bodies }], SOURCE))).toMatchObject([
      {
        request: {
          headers: [{ name: 'mcp-method', value: 'tools/call' }],
          postData: { text: '{"sent":1}' },
        },
        response: { content: { text: '{"answer":"é"}', size: 15 } },
      },
    ])
  })
})

/** RFC 4180, read by nothing of ours. */
const parseCsv = (text: string): string[][] => {
  const rows: string[][] = []
  let at = 0
  while (at < text.length) {
    const row: string[] = []
    for (;;) {
      let cell = ''
      if (text[at] === '"') {
        for (at++; ; at++) {
          if (at >= text.length) throw new Error('a quote is never closed')
          if (text[at] !== '"') cell += text[at]
          else if (text[at + 1] === '"') cell += text[at++]
          else break
        }
        at++
      } else {
        while (at < text.length && !',\r\n"'.includes(text[at] ?? '')) cell += text[at++]
      }
      row.push(cell)
      if (text[at] !== ',') break
      at++
    }
    if (text.slice(at, at + 2) !== '\r\n') throw new Error(`no end of line at ${at}`)
    at += 2
    rows.push(row)
  }
  return rows
}

describe('CSV', () => {
  test('every cell comes back, and none of them computes', () => {
    fc.assert(
      fc.property(CALLS, (calls) => {
        const [head = [], ...rows] = parseCsv(exportText('csv', calls, SOURCE))
        expect(rows).toHaveLength(calls.length)
        for (const [index, { event }] of bySeq(calls).entries()) {
          const row = rows[index] ?? []
          expect(row).toHaveLength(head.length)
          const cell = (name: string) => row[head.indexOf(name)] ?? ''
          expect(cell('seq')).toBe(String(event.seq))
          expect(cell('status')).toBe(event.status)
          for (const each of row) {
            expect(each).not.toMatch(/^\s*[=+\-@|%＝＋－＠]/)
            expect(each).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
          }
          const user = event.user ?? ''
          if (/^[\w ,;"'\n]*$/.test(user)) expect(cell('user')).toBe(user)
          const said = JSON.stringify(event.parameters) ?? ''
          if (/^[ -~]*$/.test(said)) expect(cell('parameters')).toBe(said)
        }
      }),
    )
  })

  test('a formula keeps its text behind a quote', () => {
    const [event] = fc.sample(EVENTS, { seed: 5, numRuns: 1 }) as [AuditEvent]
    const [head = [], row = []] = parseCsv(
      exportText('csv', [{ event: { ...event, user: '=1+1', error: 'a,"b"\nc' } }], SOURCE),
    )
    expect(row[head.indexOf('user')]).toBe("'=1+1")
    expect(row[head.indexOf('error')]).toBe('a,"b"\nc')
  })
})

/** Every element of a page with its attributes, and its text, as a browser's tokenizer sees them. */
const pageOf = async (text: string) => {
  const elements: string[] = []
  const seen: string[] = []
  await new HTMLRewriter()
    .on('*', {
      element: (element) => {
        elements.push([element.tagName, ...[...element.attributes].flat()].join(' '))
      },
      comments: () => void elements.push('comment'),
      text: (chunk) => void seen.push(chunk.text),
    })
    .transform(new Response(text))
    .text()
  return { elements, text: seen.join('') }
}

const harmless = (calls: readonly ExportedCall[]): readonly ExportedCall[] =>
  calls.map(({ event, bodies }) => ({
    event: { seq: event.seq, status: event.status } as AuditEvent,
    ...(bodies && {
      bodies: {
        ...bodies,
        headers: {},
        ...(bodies.request && { request: { characters: 0 } }),
        replies: bodies.replies.map(() => ({ characters: 0 })),
      },
    }),
  }))

describe('HTML', () => {
  test('has the same elements and attributes whatever the calls say', async () => {
    await fc.assert(
      fc.asyncProperty(CALLS, NASTY, async (calls, place) => {
        const page = exportText('html', calls, { ...SOURCE, place })
        const { elements } = await pageOf(page)
        const plain = await pageOf(exportText('html', harmless(calls), SOURCE))
        expect(elements).toEqual(plain.elements)
        expect(elements.filter((each) => /^script|^comment|href|src=| on\w+ /.test(each))).toEqual(
          [],
        )
        expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
      }),
      { numRuns: 60 },
    )
  })

  test('says what others said as text, and loads nothing', () => {
    const [event] = fc.sample(EVENTS, { seed: 6, numRuns: 1 }) as [AuditEvent]
    const page = exportText('html', [{ event: { ...event, user: '<b>"&\'' } }], SOURCE)
    expect(page).toContain('<td>&lt;b&gt;&quot;&amp;&#39;</td>')
    expect(page).toContain("default-src 'none'")
  })
})

describe('the report', () => {
  test('nothing in it is anything but text', () => {
    fc.assert(
      fc.property(EVENTS, (event) => {
        const html = Bun.markdown.html(reportText(event))
        const tags = [...html.matchAll(/<(\w+)/g)].map(([, name]) => name)
        const known = ['h3', 'code', 'ul', 'li', 'strong', 'p', 'pre']
        expect(tags.filter((name) => !known.includes(name ?? ''))).toEqual([])
        expect(tags.filter((name) => name === 'h3')).toHaveLength(1)
      }),
    )
  })
})
