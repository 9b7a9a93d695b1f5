import type { Surroundings } from './surroundings.ts'

/** An image as what draws it on this terminal; undefined where it cannot be drawn. */
export type Draw = (bytes: Uint8Array, mimeType: string) => string | undefined

type Environment = Surroundings['environment']

/** Bytes; a larger image takes longer to send to the terminal than anybody wants to wait. */
const LARGEST = 8 * 1024 * 1024
/** Characters of base64 in one sequence (kitty graphics protocol, "remote client"). */
const CHUNK = 4096

const drawNothing: Draw = () => undefined

/** kitty graphics protocol: PNG alone, in pieces, each in a sequence of its own. */
const kitty: Draw = (bytes, mimeType) => {
  if (mimeType !== 'image/png') return undefined
  const pieces =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? []
  const sequences = pieces.map((piece, index) => {
    const first = index === 0 ? 'f=100,a=T,q=2,' : ''
    return `\u001b_G${first}m=${index < pieces.length - 1 ? 1 : 0};${piece}\u001b\\`
  })
  return `${sequences.join('')}\n`
}

/** iTerm2 inline images protocol: whatever the terminal can read. */
const iterm: Draw = (bytes, mimeType) =>
  mimeType.startsWith('image/')
    ? `\u001b]1337;File=inline=1;size=${bytes.length}:${Buffer.from(bytes).toString('base64')}\u0007\n`
    : undefined

const isKitty = ({ TERM, TERM_PROGRAM, KITTY_WINDOW_ID }: Environment) =>
  TERM === 'xterm-kitty' || KITTY_WINDOW_ID !== undefined || TERM_PROGRAM === 'ghostty'

const isIterm = ({ TERM_PROGRAM, LC_TERMINAL }: Environment) =>
  TERM_PROGRAM === 'iTerm.app' || TERM_PROGRAM === 'WezTerm' || LC_TERMINAL === 'iTerm2'

/**
 * How images are drawn between the lines of standard output. Only what the terminal says of itself
 * counts: to ask it would mean reading keys, and a multiplexer in between passes nothing on.
 */
export const drawOn = ({
  stdout,
  environment,
}: Pick<Surroundings, 'stdout' | 'environment'>): Draw => {
  if (!stdout.isTerminal || environment.TMUX !== undefined || environment.STY !== undefined) {
    return drawNothing
  }
  const draw = isKitty(environment) ? kitty : isIterm(environment) ? iterm : drawNothing
  return (bytes, mimeType) => (bytes.length > LARGEST ? undefined : draw(bytes, mimeType))
}
