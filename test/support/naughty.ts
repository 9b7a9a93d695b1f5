import fc from 'fast-check'

/** What callers, servers, files and gateways say to whoever looks at it: every sort of text that a terminal minds. */
export const NAUGHTY: readonly string[] = [
  // Sequences: the clipboard, the screen, the cursor, colours that stay, a link, a title, a report, a macro.
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u001b[2J\u001b[3J\u001b[H',
  '\u001b[?1049l\u001b[31;5m',
  '\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\',
  '\u001b]0;title\u0007\u001b]2;title\u001b\\',
  '\u001b[6n\u001b[c\u001bZ\u001b[21t',
  '\u001bPq#0;2;0;0;0\u001b\\',
  '\u001b_Ga=d\u001b\\\u001b^private\u001b\\\u001bX',
  '\u001bc\u001b(0\u001b#8',
  '\u009b31m\u009d52;c;eA==\u009c\u0090q\u009c\u0085',
  '\u001b',
  '\u001b[',
  // Controls.
  '\u0000\u0001\u0007\b\t\u000b\f\u000e\u000f\u007f',
  'one\rtwo\r\nthree\n\nfour',
  '\u2028line\u2029paragraph',
  // What turns text around, or hides in it.
  '\u202egnp.exe\u202c',
  '\u2066a\u2067b\u2068c\u2069\u061c\u200e\u200f\u202a\u202b\u202d',
  'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh',
  '\u{e0041}\u{e007f}\ufff9\ufffa\ufffb',
  '\ufeff',
  // Marks: on nothing, in towers, beside their letter, after a digit.
  '\u0301\u0302',
  `z${'\u0301\u0316\u034f\u20dd\u0489'.repeat(40)}algo`,
  'हिन्दी தமிழ் ಕನ್ನಡ ကျော် ខ្មែរ',
  '1\u20e3#\u20e3',
  '\u0600\u06dd\u070f\u0605',
  // Wide, joined, of two letters, of two measures.
  '漢字かな한글ﷺ︻',
  '\u1112\u1161\u11ab\u3164\u115f',
  '👨‍👩‍👧👍🏽🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️☠︎',
  '𝕏𒐫𓀀🀄🂡🮲\u{1fae8}\u{1faf8}',
  '☰䷀㉈⿰〾\ue0b0\u{100000}',
  'שלום עולם مرحبا',
  // Halves.
  '\ud800',
  'a\udc00b\ud83d',
  // What is read as something else.
  '__proto__',
  'constructor',
  'toString',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands
  '${x} `y` $(z) %s %n {} \\u001b \\x1b[2J',
  '-rf',
  '<script>alert(1)</script>',
  'null',
  'NaN',
  ' ',
  '',
  // Length.
  'x'.repeat(20_000),
  'wide 漢'.repeat(4_000),
  `${'\u001b[31m'.repeat(2_000)}`,
]

/** One of these, several, or anything at all. */
export const naughty: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAUGHTY) },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.constantFrom(...NAUGHTY), { maxLength: 4 }).map((parts) => parts.join('')),
)

/**
 * The value with a bad text in the place of every text in it, and of every name where `names` says so.
 *
 * @param spare what must stay as it is, since nothing else would be accepted there
 */
export const poisoned = <T>(
  value: T,
  next: () => string,
  spare: (path: string, text: string) => boolean = () => false,
  path = '',
): T => {
  if (typeof value === 'string') return (spare(path, value) ? value : next()) as T
  if (Array.isArray(value)) {
    return value.map((each) => poisoned(each, next, spare, `${path}.*`)) as T
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      poisoned(inner, next, spare, `${path}.${name}`),
    ]),
  ) as T
}
