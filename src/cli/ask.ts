import type * as Prompts from '@inquirer/prompts'
import { printable } from '../core/printable.ts'
import { CliFault } from './failure.ts'
import { isOn } from './is-on.ts'
import { outputOptions } from './output.ts'
import type { Surroundings } from './surroundings.ts'

/** Who asks: every prompt of the program goes through this gate. */
export type Asking = Readonly<{
  around: Surroundings
  flags: Readonly<Record<string, unknown>>
}>

export type Question = Readonly<{
  message: string
  /** The flag or argument to give where nobody can be asked, such as `--yes`. */
  instead: string
}>

export type Choice<T> = Readonly<{ name: string; value: T; description?: string }>

/** True for text that will do, else the sentence that says what is wrong. */
export type Validate = (text: string) => true | string

/**
 * Whether a person is there to answer: a terminal to type at and one to see the question on, asked of
 * the system itself, and nobody said that there is none (`--no-input`, DATACLINE_NO_INPUT, CI, JSON).
 */
export const canAsk = (around: Surroundings, flags: Asking['flags']): boolean => {
  const { environment, stdin, stderr } = around
  const refused = ['CI', 'DATACLINE_NO_INPUT'].some((name) => isOn(environment[name]))
  if (refused || flags['no-input'] === true || environment.TERM === 'dumb') return false
  return (
    stdin.isTerminal && stderr.isTerminal && outputOptions(flags, environment).format === 'text'
  )
}

/** @throws CliFault `usage` naming what to give instead, `interrupted` at ctrl-c */
export const input = (
  asking: Asking,
  question: Question & Readonly<{ default?: string; validate?: Validate }>,
): Promise<string> =>
  ask(asking, question, (prompts, message, context) => {
    const { validate, default: preset } = question
    const config = { message, required: true, ...(validate && { validate }) }
    return prompts.input(preset === undefined ? config : { ...config, default: preset }, context)
  })

/** Text that is not shown while it is typed. @throws CliFault */
export const password = (
  asking: Asking,
  question: Question & Readonly<{ validate?: Validate }>,
): Promise<string> =>
  ask(asking, question, (prompts, message, context) =>
    prompts.password(
      { message, mask: true, ...(question.validate && { validate: question.validate }) },
      context,
    ),
  )

/** No unless told; `--yes` answers yes without asking. @throws CliFault */
export const confirm = async (
  asking: Asking,
  question: Question & Readonly<{ default?: boolean }>,
): Promise<boolean> =>
  asking.flags.yes === true ||
  ask(asking, question, (prompts, message, context) =>
    prompts.confirm({ message, default: question.default ?? false }, context),
  )

/** One of several. @throws CliFault */
export const select = <T>(
  asking: Asking,
  question: Question & Readonly<{ choices: readonly Choice<T>[]; default?: T }>,
): Promise<T> =>
  ask(asking, question, (prompts, message, context) =>
    prompts.select<T>(
      {
        message,
        choices: question.choices.map(shown),
        loop: false,
        ...(question.default !== undefined && { default: question.default }),
      },
      context,
    ),
  )

/** Any of several. @throws CliFault */
export const checkbox = <T>(
  asking: Asking,
  question: Question & Readonly<{ choices: readonly Choice<T>[] }>,
): Promise<readonly T[]> =>
  ask(asking, question, (prompts, message, context) =>
    prompts.checkbox<T>({ message, choices: question.choices.map(shown), loop: false }, context),
  )

type Context = Readonly<{
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
  signal: AbortSignal
}>

/** The prompts are loaded when somebody is there; they draw on standard error, results go elsewhere. */
const ask = async <T>(
  { around, flags }: Asking,
  { message, instead }: Question,
  prompt: (prompts: typeof Prompts, message: string, context: Context) => Promise<T>,
): Promise<T> => {
  if (!canAsk(around, flags)) {
    throw new CliFault('usage', `nobody can be asked here: ${printable(message)}`, {
      hint: `give ${instead}`,
    })
  }
  const prompts = await import('@inquirer/prompts')
  const stdin = around.stdin.stream()
  const leaving = new AbortController()
  // The prompts do not see the end of the input and would wait for ever.
  const leave = () => leaving.abort()
  const onKey = (_: unknown, key?: Readonly<{ name?: string; ctrl?: boolean }>) => {
    if (key?.ctrl === true && key.name === 'd') leave()
  }
  stdin.on('keypress', onKey).on('end', leave)
  try {
    const context = { input: stdin, output: around.stderr.stream, signal: leaving.signal }
    return await prompt(prompts, printable(message), context)
  } catch (cause) {
    if (!isLeaving(cause)) throw cause
    throw new CliFault('interrupted', 'nothing was done', { cause })
  } finally {
    stdin.off('keypress', onKey).off('end', leave)
  }
}

const isLeaving = (cause: unknown): boolean =>
  cause instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(cause.name)

const shown = <T>({ name, value, description }: Choice<T>) => ({
  name: printable(name),
  value,
  ...(description !== undefined && { description: printable(description) }),
})
