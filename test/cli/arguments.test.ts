import { describe, expect, test } from 'bun:test'
import { readArguments, wordsOf } from '../../src/cli/arguments.ts'
import { defineCommand } from '../../src/cli/command.ts'
import { CliFault } from '../../src/cli/failure.ts'

const command = defineCommand({
  name: 'try',
  summary: '',
  flags: {
    params: { value: 'JSON', short: 'p', help: '' },
    header: { value: 'H', repeat: true, help: '' },
    timeout: { value: 'SECONDS', help: 'in place of the global one' },
    loud: { help: '' },
  },
  examples: [],
  exits: [],
  run: async () => 'ok',
})

const read = (...args: string[]) => readArguments(command, args)

describe('a command line', () => {
  test('flags stand anywhere, in both spellings', () => {
    const { flags, positionals, rest } = read(
      'a',
      '--params=x=y',
      '--loud',
      'b',
      '-p',
      '-',
      '--json',
    )
    expect({ positionals, rest }).toEqual({ positionals: ['a', 'b'], rest: [] })
    expect(flags).toMatchObject({ params: '-', loud: true, json: true, quiet: false })
  })

  test('what stands behind -- is left as it is', () => {
    const { positionals, rest, flags } = read('a', '--', '--loud', '--', 'x')
    expect({ positionals, rest, loud: flags.loud }).toEqual({
      positionals: ['a'],
      rest: ['--loud', '--', 'x'],
      loud: false,
    })
  })

  test('a flag that may be repeated is a list, never swallowing what follows', () => {
    const { flags, positionals } = read('--header', 'a', 'b', '--header=c')
    expect({ header: flags.header, positionals }).toEqual({
      header: ['a', 'c'],
      positionals: ['b'],
    })
  })

  test.each([
    [['--louder'], 'unknown flag --louder', 'did you mean --loud?'],
    [['-x'], 'unknown flag -x', undefined],
    [['--params'], '--params needs JSON', undefined],
    [['--params', '--loud'], '--params needs JSON', undefined],
    [['--loud=yes'], '--loud takes no value', undefined],
    [['-o', 'xml'], '--output: "xml" is not one of text, json, ndjson', undefined],
    [['--constructor'], 'unknown flag --constructor', undefined],
  ])('%j is refused', (args, message, why) => {
    let fault: unknown
    try {
      read(...args)
    } catch (cause) {
      fault = cause
    }
    expect(fault).toBeInstanceOf(CliFault)
    expect(fault).toMatchObject({ exit: 'usage', message })
    expect((fault as CliFault).why).toBe(why)
  })

  test('the name of the command is found behind global flags and their values', () => {
    expect(wordsOf(['--gateway', 'http://x', '-o', 'json', 'tools', '--json', 'ls'], 2)).toEqual([
      4, 6,
    ])
    expect(wordsOf(['--json', '--', 'x'], 1)).toEqual([])
  })
})
