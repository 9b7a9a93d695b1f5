import type { DemoPerson } from '../../compose/demo.ts'
import type { JsonObject } from '../../core/json-rpc.ts'

/** One call of the demo's agents. */
export type Step = Readonly<{
  /** Undefined for a caller who presents nothing. */
  person: DemoPerson | undefined
  token?: 'expired'
  method: string
  params: JsonObject
  /** Milliseconds after which the caller leaves. */
  leaves?: number
  /** How many pauses follow it, so that what it shows can be read; one unless told. */
  rest?: number
}>

const person = (name: string): DemoPerson => ({ name, email: `${name}@example.com` })
/** As whom the screen of the demo calls: she may the most. */
export const dana = person('dana')
const arun = person('arun')
const sofia = person('sofia')
const nightly = person('nightly')

const call = (
  who: DemoPerson | undefined,
  name: string,
  given: JsonObject = {},
  more: Partial<Step> = {},
): Step => ({ person: who, method: 'tools/call', params: { name, arguments: given }, ...more })

const mail = { to: 'ada.byron@example.com', subject: 'Your ticket', body: 'It is solved.' }

/** What happens, again and again. A denial comes third: that is what people are here to see. */
export const SCRIPT: readonly Step[] = [
  { person: dana, method: 'tools/list', params: {} },
  call(dana, 'add', { a: 2, b: 40 }),
  call(arun, 'delete_user', { id: '7' }, { rest: 4 }),
  call(arun, 'get_user', { id: '3' }),
  call(sofia, 'send_email', mail),
  call(undefined, 'echo', { text: 'who am I?' }, { rest: 2 }),
  call(dana, 'get_user', { id: '99' }, { rest: 2 }),
  call(arun, 'search_docs', { query: 'policy' }),
  call(nightly, 'flaky'),
  call(nightly, 'slow', { seconds: 3 }),
  // Again, soon enough for somebody who wrote a rule about the first to see what it does.
  call(arun, 'delete_user', { id: '6' }, { rest: 3 }),
  call(arun, 'send_email', mail, { rest: 3 }),
  call(nightly, 'flaky'),
  call(dana, 'delete_user', { id: '2' }, { rest: 3 }),
  call(dana, 'echo', { text: 'still here' }, { token: 'expired' }),
  call(nightly, 'slow', { seconds: 20 }, { leaves: 2_000 }),
  call(dana, 'echo', { text: 'hello' }),
]
