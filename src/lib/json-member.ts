import { memberSpans, splice } from './strict-json.ts'

type MapText = (text: string) => string

/** JSON text with the value of one member mapped, as JSON text; as it was when there is none. */
export const mapMember = (text: string, name: string, map: MapText): string => {
  const span = memberSpans(text).get(name)
  return span === undefined ? text : splice(text, span, map(text.slice(...span)))
}

/** As `mapMember`, of the member at a path of names. */
export const mapMemberAt = (text: string, path: readonly string[], map: MapText): string => {
  const [name, ...rest] = path
  return name === undefined
    ? map(text)
    : mapMember(text, name, (inner) => mapMemberAt(inner, rest, map))
}

/** JSON text of an array with each element mapped; all else as it was. */
export const mapElements = (text: string, map: MapText): string => {
  if (!text.startsWith('[')) return text
  const elements = [...memberSpans(text).values()].map((span) => map(text.slice(...span)))
  return `[${elements.join(',')}]`
}

/** JSON text with a string mapped; every other value as it was. */
export const mapString = (text: string, map: MapText): string =>
  text.startsWith('"') ? JSON.stringify(map(JSON.parse(text) as string)) : text

/** JSON text with the member at `path` replaced by other JSON text; as it was when there is none. */
export const replaceMember = (text: string, path: readonly string[], json: string): string =>
  path.length === 0 ? text : mapMemberAt(text, path, () => json)

/** The JSON text of the member at `path`. */
export const memberText = (text: string, path: readonly string[]): string | undefined => {
  let inner: string | undefined = text
  for (const name of path) {
    const span: readonly [number, number] | undefined = memberSpans(inner).get(name)
    if (span === undefined) return undefined
    inner = inner.slice(...span)
  }
  return inner
}
