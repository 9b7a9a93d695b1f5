/** Characters that a reader does not see: zero-width joiners, soft hyphens, variation selectors … */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const ENCODED_RUN = /(?:%[0-9a-f]{2})+/gi

/**
 * One form for all spellings of a name that look or sort alike: NFKC, no invisible characters, one case.
 * Upper case, because it joins more letters than lower case does (final sigma, dotless i, sharp s).
 */
export const fold = (text: string): string =>
  text.normalize('NFKC').replace(INVISIBLE, '').toUpperCase().normalize('NFKC')

/**
 * The readings of a name that a deny rule looks at: as written, without invisible characters, and
 * percent-decoded until nothing changes, since a server may decode what it is given.
 */
export const spellings = (name: string): readonly string[] => {
  const found = [name]
  const add = (text: string) => {
    if (!found.includes(text)) found.push(text)
  }
  add(name.normalize('NFKC').replace(INVISIBLE, ''))
  let decoded = name
  for (let round = 0; round < 4 && decoded.includes('%'); round++) {
    decoded = decoded.replace(ENCODED_RUN, decodeRun)
    add(decoded.normalize('NFKC').replace(INVISIBLE, ''))
  }
  for (const spelling of [...found]) {
    const local = localFile(spelling)
    if (local !== undefined) add(local)
  }
  return found
}

const LOCAL_FILE = /^file:(?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])?(?=\/))?(\/.*)$/is

/** RFC 8089: the ways to write the address of one local file, as `file:///path`; undefined for others. */
const localFile = (name: string): string | undefined => {
  const path = LOCAL_FILE.exec(name.replaceAll('\\', '/'))?.[1]
  return path === undefined ? undefined : `file://${path.replace(/\/{2,}/g, '/')}`
}

const utf8 = new TextDecoder()

const decodeRun = (run: string): string => utf8.decode(Buffer.from(run.replaceAll('%', ''), 'hex'))
