/** A request's headers by lower-case name; repeated ones joined by a comma (RFC 9110 §5.3). */
export type HeaderFields = Readonly<Record<string, string | undefined>>

const known = new WeakMap<Request, HeaderFields>()

/**
 * All headers of a request, read once: one walk in native code costs as much as a few of the dozen
 * questions that are asked of them.
 */
export const headerFields = (request: Request): HeaderFields => {
  const before = known.get(request)
  if (before !== undefined) return before
  const fields = request.headers.toJSON() as unknown as HeaderFields
  known.set(request, fields)
  return fields
}
