import { describeSettings } from '../../config/settings.ts'
import { defineCommand, type Flags } from '../command.ts'
import { openConfiguration } from '../configuration.ts'

const FLAGS = {
  origin: { group: 'Configuration', help: 'where each value comes from' },
} as const satisfies Flags

export const configShow = defineCommand({
  name: 'config show',
  summary: 'Shows every setting',
  about: 'A flag wins over the environment, that over .env, that over the default.',
  flags: FLAGS,
  examples: ['datacline config show --origin', 'datacline config show --json --fields name,value'],
  exits: [],
  run: async ({ flags, around, output }) => {
    const { directory, stateDirectory, settings } = openConfiguration(around, flags.config)
    const described = describeSettings(settings).map((row) => ({
      ...row,
      value: row.value ?? null,
    }))
    const body = { directory, state_directory: stateDirectory, settings: described }
    output.list(body, 'settings', [
      { title: 'SETTING', value: ({ name }) => String(name) },
      ...(flags.origin ? [{ title: 'ORIGIN', value: originOf }] : []),
      { title: 'VALUE', value: textOf },
    ])
    for (const notice of settings.notices) output.note(notice)
    return 'ok'
  },
})

type Row = Readonly<Record<string, unknown>>

const originOf = ({ origin }: Row): string => String(origin)

const textOf = ({ value }: Row): string => {
  if (value === null) return '-'
  return Array.isArray(value) ? value.join(',') : String(value)
}
