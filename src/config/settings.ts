import { resolve } from 'node:path'
import type { Dotenv } from './dotenv.ts'
import { readSetting, type Setting } from './setting.ts'
import { SettingsFault } from './settings-fault.ts'
import {
  dotenvSource,
  environmentSource,
  findIn,
  type Given,
  likelyTypos,
  refuseUnknown,
  type Source,
} from './settings-source.ts'
import {
  type SettingName,
  type SettingValues,
  settingsTable,
  withoutEffect,
} from './settings-table.ts'

/** The settings of one start, frozen. */
export type Settings = Readonly<{
  /** The configuration directory, absolute. */
  directory: string
  values: SettingValues
  /** Where each value came from: `flag`, `environment`, `.env:3` or `default`. */
  origins: Readonly<Record<SettingName, string>>
  /** Sentences for the operator about what was given and has no effect. */
  notices: readonly string[]
}>

/** What the command line gave, by setting: `--no-auth` is `authEnabled: false`. */
export type Flags = Readonly<
  Partial<Record<SettingName | 'reload', string | number | boolean | undefined>>
>

export type SettingsSources = Readonly<{
  flags?: Flags
  environment: Readonly<Record<string, string | undefined>>
  dotenv: Dotenv
  /** The configuration directory, absolute: relative paths are relative to it. */
  directory: string
}>

/**
 * Settings by precedence: flag, environment, `.env`, default. In each place `DATACLINE_NAME` wins over
 * `NAME`; names are read in any case, as the original did; an empty value is no value.
 *
 * @throws SettingsFault for the first value that cannot be used, and for an unknown `DATACLINE_*` name
 */
export const resolveSettings = (from: SettingsSources): Settings => {
  const { flags = {}, directory } = from
  const inFile = dotenvSource(from.dotenv)
  const sources = [environmentSource(from.environment), inFile]
  sources.forEach(refuseUnknown)
  const resolved = entriesOf(settingsTable).map(([name, row]) => {
    const given = flagOf(row, flags[name]) ?? firstIn(sources, row.variable)
    return { name, value: resolveValue(row, given, directory), origin: given?.origin ?? 'default' }
  })
  return Object.freeze({
    directory,
    values: Object.freeze(
      Object.fromEntries(resolved.map(({ name, value }) => [name, value])),
    ) as SettingValues,
    origins: Object.freeze(
      Object.fromEntries(resolved.map(({ name, origin }) => [name, origin])),
    ) as Settings['origins'],
    notices: Object.freeze([...ineffective(sources, flags), ...likelyTypos(inFile)]),
  })
}

/** Whether somebody named this file: then its absence is a fault, and not a fresh start. */
export const isExplicit = (settings: Settings, name: SettingName): boolean =>
  settings.origins[name] !== 'default'

/**
 * What `serve` needs beyond each value by itself.
 *
 * @throws SettingsFault when authentication is on and no issuer is configured, or when the network is
 *   opened without authentication being off
 */
export const assertServable = ({ values }: Settings): void => {
  if (values.authEnabled && values.noAuthNetwork) {
    throw new SettingsFault('--no-auth-network: authentication is on; add --no-auth')
  }
  const hasIssuer = values.keycloakUrl !== undefined || values.jwtIssuer !== undefined
  if (!values.authEnabled || hasIssuer) return
  throw new SettingsFault(
    'authentication is on, but no issuer is configured: set KEYCLOAK_URL=http://localhost:8080 (or JWT_ISSUER), or start with --no-auth',
  )
}

/** The settings as `config show` prints them; secrets are only said to be set. */
export const describeSettings = ({ values, origins }: Settings) =>
  entriesOf(settingsTable).map(([name, row]) => ({
    name: row.variable ?? row.flag ?? name,
    value: row.secret && values[name] !== undefined ? '(set)' : values[name],
    origin: origins[name],
    help: row.help,
  }))

const entriesOf = (table: Readonly<Record<SettingName, Setting>>) =>
  Object.entries(table) as [SettingName, Setting][]

const flagOf = (row: Setting, value: Flags[SettingName]): Given | undefined =>
  value === undefined
    ? undefined
    : { name: row.flag ?? row.variable ?? '', text: String(value), origin: 'flag' }

const firstIn = (sources: readonly Source[], variable: string | undefined): Given | undefined =>
  variable === undefined
    ? undefined
    : sources.map((source) => findIn(source, variable)).find((given) => given !== undefined)

const resolveValue = (row: Setting, given: Given | undefined, directory: string): unknown => {
  const read = given ? readSetting(row, given.text) : { value: row.default }
  if ('problem' in read)
    throw new SettingsFault(`${given?.name} (${given?.origin}): ${read.problem}`)
  if (row.path) return resolve(directory, String(read.value))
  return Array.isArray(read.value) ? Object.freeze([...read.value]) : read.value
}

const ineffective = (sources: readonly Source[], flags: Flags): string[] =>
  [...withoutEffect].flatMap(([name, instead]) => {
    const given = name === '--reload' ? flags.reload === true : firstIn(sources, name)
    return given ? `${name} does nothing: ${instead}` : []
  })
