import { describe, expect, test } from 'bun:test'
import { paintFor } from '../../src/cli/colour.ts'
import { parseDuration } from '../../src/cli/duration.ts'
import { CliFault, faultEnvelope, faultText } from '../../src/cli/failure.ts'
import { createOutput } from '../../src/cli/output.ts'
import { progressText } from '../../src/cli/progress.ts'
import { tableText } from '../../src/cli/table.ts'
import { elapsedText, escapedJson, printableText, sizeText } from '../../src/cli/text.ts'

describe('what people see', () => {
  test('a table has no borders, aligns, cuts its last column and lets nothing move the cursor', () => {
    const rows = [
      { name: 'a\u001b[2J', count: '7', text: 'x'.repeat(40) },
      { name: '日本', count: '12', text: 'short' },
    ]
    const text = tableText(
      [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'N', value: ({ count }) => count, align: 'right' },
        { title: 'TEXT', value: ({ text: shown }) => shown },
      ],
      rows,
      { width: 30 },
    )
    expect(text.split('\n')).toEqual([
      'NAME         N  TEXT',
      'a\\u{1b}[2J   7  xxxxxxxxxxxxx…',
      '日本        12  short',
      '',
    ])
  })

  test('JSON for a terminal has no harmful character, and is the same value', () => {
    const value = { 'a\u202e\u009b': ['\u{e0041}\u2028', 'ok ✓', '\u001b\u007f'] }
    const text = escapedJson(value)
    expect(text).toBe('{"a\\u202e\\u009b":["\\udb40\\udc41\\u2028","ok ✓","\\u001b\\u007f"]}')
    expect(JSON.parse(text)).toEqual(value)
  })

  test('a note is made harmless, whoever wrote it, and keeps our colours', () => {
    let written = ''
    const stderr = {
      write: (text: string) => {
        written += text
      },
      isTerminal: true,
    }
    const output = createOutput({ stdout: stderr, stderr, environment: {} } as never, {
      format: 'text',
      fields: undefined,
      quiet: false,
      noColour: false,
    })
    output.note('evil\u001b[2J \u202e')
    output.note('evil\u001b[2J', 'dim')
    expect(written).toBe('evil\\u{1b}[2J \\u{202e}\n\u001b[2mevil\\u{1b}[2J\u001b[0m\n')
  })

  test.each([
    [{ progress: 12, total: 20, message: 'fetching' }, '[██████░░░░] 60% 12/20 fetching'],
    [{ progress: 30, total: 20 }, '[██████████] 100% 30/20'],
    [{ progress: 3, message: 'pages\u0007' }, '3 pages\\u{7}'],
    [{ progress: 3, total: 0 }, '3'],
    [{ progress: 'x' }, ''],
  ])('progress %j', (params, expected) => {
    expect(progressText(params)).toBe(expected)
  })

  test('line breaks and tabs stay, what could move the cursor does not', () => {
    expect(printableText('a\tb\r\nc\u001b[31md\u202e')).toBe('a\tb\nc\\u{1b}[31md\\u{202e}')
  })

  test.each([
    [12, '12 B'],
    [1_234, '1.2 kB'],
    [12_000, '12 kB'],
    [5_000_000, '5.0 MB'],
  ])('%p bytes', (bytes, expected) => {
    expect(sizeText(bytes)).toBe(expected)
  })

  test.each([
    [45.4, '45 ms'],
    [3_140, '3.1 s'],
  ])('%p ms', (milliseconds, expected) => {
    expect(elapsedText(milliseconds)).toBe(expected)
  })

  test.each([
    ['500ms', 500],
    ['30', 30_000],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is a time', (text, expected) => {
    expect(parseDuration(text, '--timeout')).toBe(expected)
  })

  test.each(['', '0', '-1', '1d', '1e3', '25h', 'soon', 'NaN'])('%p is no time', (text) => {
    expect(() => parseDuration(text, '--timeout')).toThrow('--timeout')
  })
})

describe('colours', () => {
  const terminal = { isTerminal: true }
  test.each([
    ['on a terminal', terminal, {}, false, true],
    ['not in a pipe', { isTerminal: false }, {}, false, false],
    ['not with NO_COLOR', terminal, { NO_COLOR: '1' }, false, false],
    ['with an empty NO_COLOR', terminal, { NO_COLOR: '' }, false, true],
    ['not on a dumb terminal', terminal, { TERM: 'dumb' }, false, false],
    ['not with --no-color', terminal, {}, true, false],
  ])('%s', (_name, stream, environment, flag, expected) => {
    expect(paintFor(stream, environment, flag)('deny', 'x') !== 'x').toBe(expected)
  })
})

describe('a failure', () => {
  const fault = new CliFault('rate_limited', 'too\u001b many', {
    why: 'one\ntwo',
    hint: 'later',
    extra: { retry_after_s: 7 },
  })
  test('is three lines for people', () => {
    expect(faultText(fault)).toBe('error: too\\u{1b} many\n  why:  one\ntwo\n  hint: later\n')
  })
  test('is one line of JSON for scripts', () => {
    const text = faultEnvelope(fault)
    expect(text.indexOf('\n')).toBe(text.length - 1)
    expect(JSON.parse(text)).toEqual({
      error: {
        code: 'rate_limited',
        exit: 11,
        message: 'too\u001b many',
        why: 'one\ntwo',
        hint: 'later',
        retry_after_s: 7,
        retryable: true,
      },
    })
  })
})
