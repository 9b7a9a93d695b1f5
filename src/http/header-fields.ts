/** A request's headers by lower-case name; repeated ones joined by a comma (RFC 9110 §5.3). */
export type HeaderFields = Readonly<Record<string, string | undefined>>

/** Kept on the request itself: an entry in a weak map costs more than the walk. */
const FIELDS = Symbol('header fields')

type ReadRequest = Request & { [FIELDS]?: HeaderFields }

/**
 * All headers of a request, read once: one walk in native code costs as much as a few of the dozen
 * questions that are asked of them.
 */
export const headerFields = (request: ReadRequest): HeaderFields => {
  request[FIELDS] ??= request.headers.toJSON() as unknown as HeaderFields
  return request[FIELDS]
}
