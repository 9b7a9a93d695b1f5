/** What a colour means, not what it looks like. */
export type Tone = 'allow' | 'deny' | 'warn' | 'id' | 'dim' | 'strong'

export type Paint = (tone: Tone, text: string) => string

const CODES: Readonly<Record<Tone, string>> = {
  allow: '32',
  deny: '31',
  warn: '33',
  id: '36',
  dim: '2',
  strong: '1',
}

export const plain: Paint = (_tone, text) => text

const coloured: Paint = (tone, text) =>
  text === '' ? '' : `\u001b[${CODES[tone]}m${text}\u001b[0m`

/** Colours on a terminal that has them, unless NO_COLOR (any value but the empty one) or a flag says no. */
export const paintFor = (
  stream: Readonly<{ isTerminal: boolean }>,
  environment: Readonly<Record<string, string | undefined>>,
  noColour = false,
): Paint => {
  const refused = noColour || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb'
  return stream.isTerminal && !refused ? coloured : plain
}
