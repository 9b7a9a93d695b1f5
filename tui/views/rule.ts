import { EMPTY, fitBlock, type Line, line, type Piece, ruled } from '../line.ts'
import type { RuleForm, State } from '../state.ts'
import { wrap } from '../text.ts'

/** The form for a rule: for whom and what, what it would change, and the lines of the file. */
export const ruleLines = (
  state: State,
  rule: RuleForm,
  columns: number,
  rows: number,
): readonly Line[] => {
  const head = [
    ruled(
      [
        ['Write a rule ', 'strong'],
        [`from #${rule.event} ${rule.subject}`, 'plain'],
      ],
      columns,
      state.theme,
    ),
    effectLine(rule),
    ...scopeLines(state, rule, rows > 24 ? 8 : 3),
    ...impactLines(rule, columns),
    EMPTY,
  ]
  return fitBlock([...head, ...diffLines(rule, rows - head.length)], rows)
}

const effectLine = ({ effect }: RuleForm): Line =>
  line(
    [' effect   ', 'dim'],
    ...(['allow', 'deny'] as const).map(
      (each): Piece =>
        each === effect
          ? [`[${each}] `, each === 'allow' ? 'permit' : 'deny']
          : [` ${each}  `, 'dim'],
    ),
    ['  tab', 'key'],
    [' changes it', 'dim'],
  )

/** The scopes around the chosen one. */
const scopeLines = (
  { theme }: State,
  { preview, scope }: RuleForm,
  most: number,
): readonly Line[] => {
  if (preview === undefined) return []
  const { scopes } = preview
  const chosen = scopes.findIndex(({ id }) => id === (scope ?? preview.scope))
  const from = Math.max(0, Math.min(chosen - 1, scopes.length - most))
  return scopes.slice(from, from + most).map(({ text }, at) => {
    const isChosen = from + at === chosen
    return line(
      [at === 0 ? ' scope    ' : '          ', 'dim'],
      [`${isChosen ? theme.glyphs.cursor : ' '} `, 'key'],
      [text, isChosen ? 'strong' : 'dim'],
    )
  })
}

const impactLines = (rule: RuleForm, columns: number): readonly Line[] => {
  const { preview, problem } = rule
  if (problem !== undefined)
    return wrap(problem, columns - 2).map((text) => line([` ${text}`, 'warn']))
  if (preview === undefined) return [line([' asking the gateway …', 'dim'])]
  const { calls, to_permit, to_deny, effective } = preview
  const ways = [
    ...(to_permit > 0 ? [`${to_permit} denied become permitted`] : []),
    ...(to_deny > 0 ? [`${to_deny} permitted become denied`] : []),
  ]
  const changed = to_permit + to_deny
  const impact = `it would change ${changed} of the last ${calls} calls${ways.length > 0 ? `: ${ways.join(', ')}` : ''}`
  return [
    line([' impact   ', 'dim'], [impact, to_permit > 0 ? 'warn' : 'plain']),
    ...(effective
      ? []
      : [line(['          another rule still decides this call otherwise', 'warn'])]),
  ]
}

const TONES = { ' ': 'dim', '-': 'deny', '+': 'permit' } as const

const diffLines = ({ preview }: RuleForm, rows: number): readonly Line[] => {
  if (preview === undefined) return []
  const { diff, at } = preview
  // What changes goes before what stands around it.
  const first = diff.findIndex(({ sign }) => sign !== ' ')
  const spare = Math.max(0, rows - 1 - diff.filter(({ sign }) => sign !== ' ').length)
  const shown = diff.slice(Math.max(0, first - spare))
  return [
    line([` ${at}`, 'id']),
    ...shown.map(({ sign, text }) => line([`   ${sign} ${text}`, TONES[sign]])),
  ]
}
