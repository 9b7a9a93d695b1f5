import { filterKey } from './keys.ts'
import { readLeaf, unknownKey } from './leaf.ts'
import { type Token, tokensOf } from './tokens.ts'
import { FilterFault, type FilterReading, type FilterTree } from './tree.ts'

/** Filters come from people and from the network: what is longer or deeper than this is refused. */
const LONGEST = 2_000
const DEEPEST = 40
const MOST = 100

/** Reads a filter into its tree. @throws FilterFault */
export const parseTree = (text: string, reading: FilterReading): FilterTree => {
  if (text.length > LONGEST) {
    throw new FilterFault(`a filter has at most ${LONGEST} characters`, { at: LONGEST, length: 1 })
  }
  const tokens = tokensOf(text)
  const excess = tokens.filter(({ kind }) => kind === 'leaf')[MOST]
  if (excess !== undefined) {
    throw new FilterFault(`a filter has at most ${MOST} tests`, placeOf(excess))
  }
  let next = 0
  let depth = 0

  const isNext = (kind: Token['kind']) => tokens[next]?.kind === kind

  const readOr = (): FilterTree => {
    const parts = [readAnd()]
    while (isNext('or')) {
      const bar = tokens[next++]
      if (!startsPart(tokens[next])) throw new FilterFault('something must follow |', placeOf(bar))
      parts.push(readAnd())
    }
    return joined('or', parts)
  }

  const readAnd = (): FilterTree => {
    const parts: FilterTree[] = []
    while (startsPart(tokens[next])) parts.push(readUnary())
    if (parts.length === 0 && isNext('or')) {
      throw new FilterFault('something must stand before |', placeOf(tokens[next]))
    }
    return joined('and', parts)
  }

  const readUnary = (): FilterTree => {
    const token = tokens[next++]
    if (token?.kind === 'not') {
      if (!startsPart(tokens[next])) {
        throw new FilterFault(`something must follow ${token.text}`, placeOf(token))
      }
      return { kind: 'not', part: deeper(token, readUnary) }
    }
    if (token?.kind === 'open') return readGroup(token)
    return leafOf(token, reading)
  }

  const readGroup = (open: Token): FilterTree => {
    const inner = deeper(open, readOr)
    if (!isNext('close')) throw new FilterFault('this ( is never closed', placeOf(open))
    if (tokens[next - 1] === open) throw new FilterFault('nothing stands between ( and )', open)
    next++
    return inner
  }

  const deeper = (token: Token, read: () => FilterTree): FilterTree => {
    if (++depth > DEEPEST) throw new FilterFault('the filter is nested too deeply', placeOf(token))
    const inner = read()
    depth--
    return inner
  }

  const tree = readOr()
  const rest = tokens[next]
  if (rest !== undefined) throw new FilterFault('this ) was never opened', placeOf(rest))
  return tree
}

const startsPart = (token: Token | undefined): boolean =>
  token !== undefined && token.kind !== 'or' && token.kind !== 'close'

const placeOf = (token: Token | undefined) => ({ at: token?.at ?? 0, length: token?.length ?? 1 })

/** One part alone is itself; parts of the same kind are one list. */
const joined = (kind: 'and' | 'or', parts: readonly FilterTree[]): FilterTree => {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind, parts }
}

const leafOf = (token: Token | undefined, reading: FilterReading): FilterTree => {
  if (token?.kind !== 'leaf') throw new FilterFault('a filter ends too early', placeOf(token))
  if (token.key === undefined) return readLeaf(undefined, token, reading)
  const [name = '', ...path] = token.key.split('.')
  const key = filterKey(name)
  if (key === undefined) throw unknownKey(name, token, reading)
  return readLeaf({ key, path }, token, reading)
}
