/**
 * A pure function of a text that remembers its answers, for texts that come again and again. When too
 * many are remembered, all are forgotten: what comes often is soon known again.
 */
export const createMemo = <T>(answer: (text: string) => T, limit = 4096): ((text: string) => T) => {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = answer(text)
    if (known.size >= limit) known.clear()
    known.set(text, fresh)
    return fresh
  }
}
