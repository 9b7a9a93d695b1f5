import type { LocalGateway } from '../compose/local.ts'
import { CliFault } from './failure.ts'
import { isOn } from './is-on.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'

export type LocalFlags = Readonly<{
  local: boolean
  'no-auth': boolean
  config: string | undefined
  gateway: string | undefined
  'api-url': string | undefined
}>

/** The gateway inside this run of the program, for `--local`. */
export type LocalRun = Readonly<{
  /** The same one each time; undefined without `--local`. @throws CliFault */
  open: () => Promise<LocalGateway | undefined>
  /** Writes the record to its end. Never throws. */
  close: () => Promise<void>
}>

export const createLocalRun = (
  flags: LocalFlags,
  around: Surroundings,
  output: Pick<Output, 'note'>,
): LocalRun => {
  let opened: Promise<LocalGateway> | undefined
  return {
    open: async () => {
      if (!isLocal(flags, around)) return undefined
      // The whole house is behind this import: commands that need a running gateway start without it.
      opened ??= import('./open-local.ts').then(({ openLocal }) => openLocal(flags, around, output))
      return opened
    },
    close: async () => {
      const gateway = await opened?.catch(() => undefined)
      await gateway?.close()
    },
  }
}

/** A gateway that the command line names wins over the variable. @throws CliFault `usage` */
export const isLocal = (flags: LocalFlags, { environment }: Surroundings): boolean => {
  const gateway = flags.gateway ?? flags['api-url']
  if (flags.local && gateway !== undefined) {
    throw new CliFault('usage', '--local and --gateway contradict each other')
  }
  const local = flags.local || (isOn(environment.DATACLINE_LOCAL) && gateway === undefined)
  if (local || !flags['no-auth']) return local
  throw new CliFault(
    'usage',
    '--no-auth needs --local; a gateway decides by itself whom it knows',
    {
      hint: 'datacline serve --no-auth',
    },
  )
}
