import { parseFilter } from '../client/filter.ts'
import type { Client } from '../client.ts'
import { openHistory } from '../compose/history.ts'
import { recordPath } from '../compose/record-path.ts'
import { type Filter, FilterFault } from '../core/filter.ts'
import type { EventDetail, HistoryPage, HistoryQuery } from '../core/history.ts'
import { printable } from '../core/printable.ts'
import type { Call } from './command.ts'
import { openConfiguration } from './configuration.ts'
import type { ExitName } from './exit-codes.ts'
import { CliFault } from './failure.ts'
import { isLocal } from './local.ts'
import { connectAsOperator } from './operator.ts'

type AnyCall = Call<Record<never, never>>

/** The record, from a gateway or from its file. Throws ClientFault and CliFault alone. */
export type RecordSource = Readonly<{
  page: (query: HistoryQuery) => Promise<HistoryPage>
  /** Undefined when there is none. */
  one: (id: string) => Promise<EventDetail | undefined>
  /** The gateway; undefined when the file is read. */
  client: Client | undefined
}>

/**
 * Runs a command on the record: that of the gateway, or with `--local` the file in the state directory,
 * which is only read.
 */
export const withRecord = async (
  call: AnyCall,
  act: (source: RecordSource) => Promise<ExitName>,
): Promise<ExitName> => {
  if (!isLocal(call.flags, call.around)) return act(remote(await connectAsOperator(call)))
  const { settings, stateDirectory } = openConfiguration(call.around, call.flags.config)
  const path = recordPath(settings, stateDirectory)
  const history = openOrTell(path, call.around.now)
  try {
    return await act({
      page: async (query) => history.page(query),
      one: async (id) => history.one(id),
      client: undefined,
    })
  } finally {
    history.close()
  }
}

const remote = (client: Client): RecordSource => ({
  page: (query) => client.history(query),
  one: (id) => client.event(id.replace(/^#/, '')),
  client,
})

const openOrTell = (path: string, now: () => number): ReturnType<typeof openHistory> => {
  try {
    return openHistory({ path, runningSince: undefined }, now)
  } catch (cause) {
    throw new CliFault('not_found', `${path} cannot be read as a record`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: '--config DIR of a gateway that has run on this machine',
      cause,
    })
  }
}

/** Every page of what was found, the newest first, until there is no more or nobody wants it. */
export async function* pagesOf(
  source: RecordSource,
  query: HistoryQuery,
): AsyncGenerator<HistoryPage> {
  for (let before: number | null | undefined = query.before; before !== null; ) {
    const page: HistoryPage = await source.page({ ...query, before })
    yield page
    before = page.next_before
  }
}

/**
 * The filter that stands on the command line, its words joined.
 *
 * @throws CliFault `usage` with the place of the fault
 */
export const readFilter = (words: readonly string[], now: () => number): Filter => {
  const text = words.join(' ')
  try {
    return parseFilter(text, now)
  } catch (cause) {
    if (!(cause instanceof FilterFault)) throw cause
    const caret = `${' '.repeat(Bun.stringWidth(printable(text.slice(0, cause.at))))}^`
    throw new CliFault(
      'usage',
      `the filter cannot be read: ${cause.message}\n  ${text}\n  ${caret}`,
      {
        hint: 'datacline help filters',
        extra: { at: cause.at },
        cause,
      },
    )
  }
}
