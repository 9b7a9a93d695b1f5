import type { Flags, FlagValues } from './flag.ts'

/** How the screen looks, wherever it is shown. */
export const LOOKS = {
  theme: {
    value: 'NAME',
    choices: ['default', 'light', 'high-contrast', 'mono'],
    help: 'colours of the screen (DATACLINE_THEME); NO_COLOR gives mono',
  },
  ascii: { help: 'no signs beyond ASCII on the screen' },
  'screen-reader': { help: 'sentences in place of a screen (INK_SCREEN_READER)' },
} as const satisfies Flags

type Given = Partial<FlagValues<typeof LOOKS>> &
  Readonly<{ config?: string | undefined; 'no-color'?: boolean | undefined }>

/** What was said of the screen, said again to the program that shows it. */
export const screenArguments = (flags: Given): readonly string[] => [
  ...(flags.config === undefined ? [] : ['--config', flags.config]),
  ...(flags.theme === undefined ? [] : ['--theme', flags.theme]),
  ...(['no-color', 'ascii', 'screen-reader'] as const).flatMap((name) =>
    flags[name] === true ? [`--${name}`] : [],
  ),
]
