import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { joinWords, splitWords } from '../../src/lib/shell-words.ts'

describe('words of a command line', () => {
  test.each([
    ['bunx server .', ['bunx', 'server', '.']],
    ['  a   b  ', ['a', 'b']],
    ['', []],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    ['a\\ b', ['a b']],
    [`"a\\"b\\c"`, ['a"b\\c']],
    [`'$HOME|x'`, ['$HOME|x']],
    ['a#b', ['a#b']],
    ['--flag=x,y', ['--flag=x,y']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual({ words })
  })

  test.each(['a | b', 'a; b', 'a > b', '$HOME', '`a`', 'a *', '~/x', 'a # b', `'a`, '"a', 'a\\'])(
    'refuses what only a shell can do: %j',
    (line) => {
      expect(splitWords(line)).toHaveProperty('problem')
    },
  )

  test('any words survive being written and split', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(joinWords(words))).toEqual({ words })
      }),
    )
  })

  test('a real shell splits what is written into the same words', () => {
    const words = [
      'plain',
      'two words',
      "it's",
      '$HOME',
      '',
      'a\nb',
      '*',
      '\\',
      '"',
      '~',
      '-x',
      '#',
    ]
    const shell = Bun.spawnSync(['sh', '-c', `printf '%s\\0' ${joinWords(words)}`])
    expect(shell.stdout.toString().split('\0').slice(0, -1)).toEqual(words)
  })
})
