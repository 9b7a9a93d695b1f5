import type { JsonObject } from '../../core/json-rpc.ts'
import { printable } from '../../core/printable.ts'
import type { Paint, Tone } from '../colour.ts'
import type { Found } from './examine.ts'

/** A finding, and what was done about it. */
export type Reported = Found & Readonly<{ done?: string | undefined }>

/** The one document of `--json`. */
export const reportBody = (findings: readonly Reported[]): JsonObject => ({
  checks: findings.map(({ mend: _, facts, ...told }) => ({
    ...told,
    ...(facts !== undefined && { facts }),
  })),
  summary: summaryOf(findings),
})

export const summaryOf = (findings: readonly Reported[]) => {
  const count = (status: Found['status']) =>
    findings.filter((each) => each.status === status).length
  return { errors: count('error'), warnings: count('warning'), ok: count('ok') }
}

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const
const TONES = { ok: 'allow', warning: 'warn', error: 'deny' } as const satisfies Record<
  string,
  Tone
>
const INDENT = ' '.repeat(12)

/** A line a finding, and below those that are not well what to know and to type. */
export const reportText = (findings: readonly Reported[], paint: Paint): string =>
  findings.map((each) => `${findingLines(each, paint).join('\n')}\n`).join('')

const findingLines = (finding: Reported, paint: Paint): readonly string[] => {
  const { id, status, detail, where, facts = [], fix, done } = finding
  const place = where === undefined ? '' : paint('dim', `  ${printable(where)}`)
  const first = `${paint(TONES[status], MARKS[status])} ${id.padEnd(9)} ${printable(detail)}${place}`
  const told = id === 'token' || status !== 'ok' ? facts : []
  return [
    first,
    ...told.map((fact) => `${INDENT}${printable(fact)}`),
    ...(done === undefined && fix !== undefined
      ? [`${INDENT}${paint('id', '$')} ${printable(fix)}`]
      : []),
    ...(done === undefined ? [] : [`${INDENT}${paint('allow', 'fixed:')} ${printable(done)}`]),
  ]
}
