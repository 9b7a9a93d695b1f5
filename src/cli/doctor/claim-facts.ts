import type { TokenReason, TokenStory } from '../../compose/explain-token.ts'
import { printable } from '../../core/printable.ts'

/** The claims that are told, and the reasons for which each is refused. */
const TOLD: readonly (readonly [claim: string, refusals: readonly TokenReason[]])[] = [
  ['iss', ['wrong_issuer']],
  ['aud', ['wrong_audience']],
  ['azp', ['wrong_authorized_party']],
  ['typ', ['wrong_token_type']],
  ['exp', ['expired', 'expiry_missing', 'lifetime_too_long']],
  ['iat', ['issued_in_future']],
  ['nbf', ['not_yet_valid']],
  ['sub', ['bad_subject']],
  ['preferred_username', []],
  ['cnf', ['sender_constrained']],
]
const TIMES: readonly string[] = ['exp', 'iat', 'nbf']
const LONGEST = 100

/** The claims of a token, one a line, each with whether it holds. Never the token itself. */
export const claimFacts = ({ claims, faults }: TokenStory): readonly string[] => {
  if (claims === undefined) return []
  return TOLD.flatMap(([name, refusals]) => {
    const fault = refusals.find((each) => faults.includes(each))
    if (claims[name] === undefined && fault === undefined) return []
    const value = TIMES.includes(name) ? timeText(claims[name]) : claimText(claims[name])
    return `${name} = ${value}${fault === undefined ? '' : `  <- ${fault.replaceAll('_', ' ')}`}`
  })
}

/** A claim as one short line. */
export const claimText = (value: unknown): string => {
  const texts = Array.isArray(value) ? value : [value]
  const text = texts
    .map((each) => (typeof each === 'string' ? each : (JSON.stringify(each) ?? 'missing')))
    .join(', ')
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || 'empty')
}

const timeText = (seconds: unknown): string => {
  const date = typeof seconds === 'number' ? new Date(seconds * 1000) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) return claimText(seconds)
  return date.toISOString().replace('.000', '')
}
