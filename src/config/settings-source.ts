import { nearest } from '../lib/nearest.ts'
import type { Dotenv } from './dotenv.ts'
import { SettingsFault } from './settings-fault.ts'
import { commandLineVariables, settingsTable, withoutEffect } from './settings-table.ts'

/** A value as somebody gave it. */
export type Given = Readonly<{
  /** As it was spelled: `--port`, `PORT`, `DATACLINE_PORT`. */
  name: string
  text: string
  /** `flag`, `environment`, or `.env:3`. */
  origin: string
}>

/** One place that gives variables, by upper-case name. */
export type Source = ReadonlyMap<string, Given>

const PREFIX = 'DATACLINE_'

export const environmentSource = (
  environment: Readonly<Record<string, string | undefined>>,
): Source =>
  sourceOf(
    Object.entries(environment).map(([name, text]) => ({
      name,
      text: text ?? '',
      origin: 'environment',
    })),
  )

export const dotenvSource = (dotenv: Dotenv): Source =>
  sourceOf(
    [...dotenv].map(([name, { value, line }]) => ({ name, text: value, origin: `.env:${line}` })),
  )

/** A variable in one source. With our prefix it wins: nobody else can have meant it. */
export const findIn = (source: Source, variable: string): Given | undefined =>
  source.get(PREFIX + variable) ?? source.get(variable)

/** @throws SettingsFault for a name with our prefix that is no setting: it is a typo, and may be a lock */
export const refuseUnknown = (source: Source): void => {
  for (const [upper, { name, origin }] of source) {
    if (!upper.startsWith(PREFIX) || KNOWN_WITH_PREFIX.includes(upper)) continue
    const match = nearest(upper, KNOWN_WITH_PREFIX)
    const hint = match === undefined ? '' : `; did you mean ${match}?`
    throw new SettingsFault(`${name} (${origin}): no such setting${hint}`)
  }
}

/**
 * Sentences about names of `.env` that look like a mistyped setting. They are harmless, as every
 * unknown name is, but whoever writes `JWT_AUDEINCE` believes that a door is shut.
 */
export const likelyTypos = (source: Source): string[] =>
  [...source].flatMap(([upper, { name, origin }]) => {
    if (ACCEPTED.includes(upper) || upper.startsWith(PREFIX)) return []
    const match = ACCEPTED.find((known) => sameButForTypos(upper, known))
    return match === undefined
      ? []
      : `${name} (${origin}): no such setting, ignored; did you mean ${match}?`
  })

const VARIABLES: readonly string[] = Object.values(settingsTable).flatMap((row) =>
  'variable' in row && row.variable !== undefined ? row.variable : [],
)
const ACCEPTED = [...VARIABLES, ...withoutEffect.keys()].filter((name) => !name.startsWith('--'))
const KNOWN_WITH_PREFIX = [...ACCEPTED.map((name) => PREFIX + name), ...commandLineVariables]

/** An exact upper-case name wins over the same name in another case; an empty value is no value. */
const sourceOf = (given: readonly Given[]): Source => {
  const filled = given.filter(({ text }) => text.trim() !== '')
  const inOtherCase = filled.filter(({ name }) => name !== name.toUpperCase())
  const exact = filled.filter(({ name }) => name === name.toUpperCase())
  return new Map([...inOtherCase, ...exact].map((each) => [each.name.toUpperCase(), each]))
}

/** Word by word, since `KEYCLOAK_ADMIN` is near `KEYCLOAK_REALM` only as a whole. */
const sameButForTypos = (name: string, known: string): boolean => {
  const words = name.split('_')
  const knownWords = known.split('_')
  return (
    words.length === knownWords.length &&
    knownWords.every((word, index) => nearest(words[index] ?? '', [word]) !== undefined)
  )
}
