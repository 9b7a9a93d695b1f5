/** What a piece of text means; how it looks is the theme's affair. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'key'
  | 'id'
  | 'permit'
  | 'deny'
  | 'error'
  | 'pending'
  | 'warn'
  /** Of a gateway elsewhere, which may be the one that matters. */
  | 'remote'

export type ThemeName = 'default' | 'light' | 'high-contrast' | 'mono'

/** Marks beside the words, so that nothing is said by colour alone. */
export type Glyphs = Readonly<
  Record<
    | 'permit'
    | 'deny'
    | 'error'
    | 'refused'
    | 'failed'
    | 'pending'
    | 'cancelled'
    | 'unknown'
    | 'note'
    | 'cursor'
    | 'marked'
    | 'live'
    | 'lost'
    | 'rule'
    | 'bar'
    | 'ellipsis'
    | 'holds'
    | 'off'
    | 'corners'
    | 'dot'
    | 'caret'
    | 'up',
    string
  > & { spark: readonly string[] }
>

export type Theme = Readonly<{
  name: ThemeName
  ascii: boolean
  glyphs: Glyphs
  /** The codes that begin a tone; '' for none. */
  begin: (tone: Tone) => string
  selected: string
  end: string
}>

const UNICODE: Glyphs = {
  permit: '✓',
  deny: '✗',
  error: '!',
  refused: '?',
  failed: '⨯',
  pending: '◷',
  cancelled: '⊘',
  unknown: '?',
  note: '·',
  cursor: '▸',
  marked: '◆',
  live: '●',
  lost: '○',
  rule: '─',
  bar: '│',
  ellipsis: '…',
  holds: '✓',
  off: '○',
  corners: '┌┐└┘',
  dot: '·',
  caret: '▏',
  up: '▴',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

const ASCII: Glyphs = {
  permit: 'A',
  deny: 'D',
  error: 'E',
  refused: '?',
  failed: 'X',
  pending: 'P',
  cancelled: 'C',
  unknown: '?',
  note: '-',
  cursor: '>',
  marked: '*',
  live: '*',
  lost: 'o',
  rule: '-',
  bar: '|',
  ellipsis: '~',
  holds: '+',
  off: 'o',
  corners: '++++',
  dot: '-',
  caret: '_',
  up: '^',
  spark: ['_', '.', ':', '-', '=', '+', '*', '#'],
}

type Look = Readonly<Partial<Record<Tone, string>>>

const LOOKS: Readonly<Record<ThemeName, Look>> = {
  default: {
    dim: '90',
    strong: '1',
    title: '1;36',
    key: '36',
    id: '36',
    permit: '32',
    deny: '31',
    error: '35',
    pending: '33',
    warn: '33',
    remote: '1;97;41',
  },
  light: {
    dim: '2',
    strong: '1',
    title: '1;34',
    key: '34',
    id: '34',
    permit: '32',
    deny: '31',
    error: '35',
    pending: '34',
    warn: '35',
    remote: '1;97;41',
  },
  'high-contrast': {
    strong: '1',
    title: '1;7',
    key: '1',
    id: '1',
    permit: '1;92',
    deny: '1;91',
    error: '1;95',
    pending: '1;93',
    warn: '1;93',
    remote: '1;7',
  },
  mono: { strong: '1', title: '1', deny: '1', remote: '7' },
}

export const createTheme = (name: ThemeName, ascii: boolean): Theme => ({
  name,
  ascii,
  glyphs: ascii ? ASCII : UNICODE,
  begin: (tone) => {
    const code = LOOKS[name][tone]
    return code === undefined ? '' : `\u001b[${code}m`
  },
  selected: '\u001b[7m',
  end: '\u001b[0m',
})

export const THEMES: readonly ThemeName[] = ['default', 'light', 'high-contrast', 'mono']
