import { type Binding, keyOf } from '../keymap.ts'
import { EMPTY, type Line, line } from '../line.ts'
import { linkSentence } from '../reduce.ts'
import type { State } from '../state.ts'
import { wrap } from '../text.ts'

/** What stands where no call is: why there is none, and what to type. */
export const emptyLines = (
  state: State,
  keymap: readonly Binding[],
  columns: number,
): readonly Line[] => {
  const key = (command: string) => keyOf(keymap, 'traffic', command, state.theme.ascii)
  const { link, rows, admin, filter } = state
  const listable = rows.filter(({ event }) => admin || event.face !== 'admin').length
  if (state.markedOnly)
    return told('No call is marked.', [key('marked'), 'lists all of them again'])
  if (listable > 0 && filter.on && filter.text !== '') {
    return told(`None of ${listable} calls passes the filter.`, [key('back'), 'takes it away'])
  }
  if (listable > 0) return told('What there is came after the pause.', [key('pause'), 'goes on'])
  if (link.kind === 'file') return told('There is no call in this recording.')
  if (link.kind !== 'live') {
    const sentence = wrap(linkSentence(link, state.place), columns - 4)
    return [EMPTY, ...sentence.map((text) => line(`  ${text}`))]
  }
  return firstSteps(state).flatMap((step) => stepLines(step, columns))
}

const told = (sentence: string, key?: readonly [key: string, does: string]): readonly Line[] => [
  EMPTY,
  line(`  ${sentence}`),
  ...(key === undefined ? [] : [line('  ', [key[0], 'key'], ` ${key[1]}`)]),
]

/** A paragraph, or words to type in as many parts as there may be lines. */
type Step = string | readonly string[]

const firstSteps = (state: State): readonly Step[] => [
  'No calls yet. Each will stand here as it comes, with what was decided and why.',
  ...policySteps(state),
  ...callSteps(state),
  'Or give an MCP client this address:',
  [`${state.place}/mcp`],
]

const policySteps = ({ snapshot }: State): readonly Step[] => {
  if (snapshot === undefined || snapshot.policy.state === 'ok') return []
  const { state, file, problem } = snapshot.policy
  const effect = snapshot.gateway.auth_enabled
    ? 'every call is denied'
    : 'no rule denies anything, and only callers on this machine may call'
  return [`${problem ?? `${file} is ${state}`}: ${effect}.`]
}

/** Which call can be tried, by what is behind the gateway. */
const callSteps = ({ place, snapshot }: State): readonly Step[] => {
  const server = snapshot?.servers.find(({ enabled }) => enabled)
  if (snapshot !== undefined && server === undefined) {
    return ['No server is behind it yet. From another terminal:', ADD]
  }
  const name = server?.name ?? 'demo'
  const to = `--gateway ${place}`
  const tryOut = server?.type === 'embedded' ? ['datacline invoke demo add a=2 b=3', to] : undefined
  return ['Try one from another terminal:', tryOut ?? [`datacline list-tools ${name}`, to]]
}

const ADD = ['datacline register-mcp my-server', 'http://localhost:3000', '--type http']

const stepLines = (step: Step, columns: number): readonly Line[] => {
  if (typeof step === 'string') {
    return [EMPTY, ...wrap(step, columns - 4).map((text) => line(`  ${text}`))]
  }
  const whole = step.join(' ')
  const lines = whole.length + 6 > columns ? step : [whole]
  return [
    EMPTY,
    ...lines.map((text, at) =>
      line([`    ${at > 0 ? '  ' : ''}${text}${at < lines.length - 1 ? ' \\' : ''}`, 'key']),
    ),
  ]
}
