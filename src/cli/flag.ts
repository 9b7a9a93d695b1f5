/** One flag: `value` names what follows it; without one the flag is a switch. */
export type Flag = Readonly<{
  value?: string
  short?: string
  /** May be given several times; its value is a list. */
  repeat?: true
  /** Heading in the help; `Flags` unless told. */
  group?: string
  choices?: readonly string[]
  help: string
}>

export type Flags = Readonly<Record<string, Flag>>

/** Flags as read: text, a list of texts, or whether a switch was given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends { value: string }
    ? F[K] extends { repeat: true }
      ? readonly string[]
      : string | undefined
    : boolean
}
