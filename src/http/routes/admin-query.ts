import { Type as t } from '@sinclair/typebox'
import { UnprocessableRequest } from '../../core/errors.ts'
import { type HistoryQuery, PAGE } from '../../core/history.ts'
import { SESSION_ID_SHOWN } from '../../core/snapshot.ts'
import { firstViolation } from '../../lib/schema-violation.ts'

const Sequence = t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const HistoryQuerySchema = t.Object(
  {
    filter: t.Optional(t.String()),
    before: t.Optional(Sequence),
    after: t.Optional(Sequence),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: PAGE.most })),
  },
  { additionalProperties: false },
)

/** `GET /admin/events`: the members of a page, or `bodies` for a feed by which what crosses is kept. */
export const FeedQuerySchema = t.Composite([
  HistoryQuerySchema,
  t.Object({ bodies: t.Optional(t.Literal('1')) }),
])

/** A session as the snapshot shows it, never its whole id: what is asked stands in the record. */
export const SessionSchema = t.Object({
  id: t.String({ minLength: SESSION_ID_SHOWN, maxLength: SESSION_ID_SHOWN }),
})

/**
 * What a page of the record is asked for; undefined when the address has no parameters and the live
 * feed is meant.
 *
 * @throws UnprocessableRequest
 */
export const historyQuery = (parameters: URLSearchParams): HistoryQuery | undefined => {
  if (parameters.size === 0) return undefined
  const entries = [...parameters].map(([name, text]) => [
    name,
    name === 'filter' ? text : toNumber(text),
  ])
  const query: unknown = Object.fromEntries(entries)
  const violation = firstViolation(HistoryQuerySchema, query)
  const twice = parameters.size > new Set(parameters.keys()).size
  if (violation === undefined && !twice) return query as HistoryQuery
  const where = violation?.path.join('.') || 'a parameter'
  throw new UnprocessableRequest(
    twice ? 'A parameter is given twice' : `${where}: ${violation?.sentence}`,
  )
}

const toNumber = (text: string): number | string => (/^\d{1,16}$/.test(text) ? Number(text) : text)
