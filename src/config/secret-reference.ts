import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fileProblem } from './config-file.ts'
import type { Dotenv } from './dotenv.ts'

/** Looks a variable up for `env://NAME`; undefined when it is not set or empty. */
export type ReadVariable = (name: string) => string | undefined

/** The environment first, then `.env`, where the original never looked. */
export const createVariableReader =
  (environment: Readonly<Record<string, string | undefined>>, dotenv: Dotenv): ReadVariable =>
  (name) =>
    environment[name] || dotenv.get(name)?.value || undefined

/** True for text that names a secret instead of being one. */
export const isReference = (text: string): boolean => /^(?:env|file|vault):\/\//.test(text)

/** True for names under which people keep secrets, as in `GITHUB_TOKEN`. */
export const isSecretName = (name: string): boolean =>
  /(?:token|secret|password|passwd|credentials?|apikey|(?:^|_)(?:key|pat|pass))$/i.test(name)

/** `unset`: well written, but nothing is there now. `problem`: it can never work as written. */
export type Referenced =
  | Readonly<{ value: string }>
  | Readonly<{ unset: string }>
  | Readonly<{ problem: string }>

/** The secret behind `env://NAME` or `file:///absolute/path` (whose outer white space is dropped). */
export const readReference = (reference: string, readVariable: ReadVariable): Referenced => {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(reference) ?? []
  if (scheme === 'env') return fromVariable(rest, readVariable)
  if (scheme === 'file') return fromFile(reference)
  if (scheme === 'vault') return { problem: 'vault:// is not supported; use env:// or file:///' }
  return { problem: 'expected env://NAME or file:///absolute/path' }
}

const fromVariable = (name: string, readVariable: ReadVariable): Referenced => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { problem: 'expected the name of a variable after env://' }
  }
  const value = readVariable(name)
  return value === undefined
    ? { unset: `${name} is set neither in the environment nor in .env` }
    : { value }
}

const fromFile = (reference: string): Referenced => {
  if (!reference.startsWith('file:///')) {
    return { problem: 'expected an absolute path after file://, as in file:///run/secrets/token' }
  }
  try {
    const value = readFileSync(fileURLToPath(reference), 'utf8').trim()
    return value === '' ? { unset: `${reference}: the file is empty` } : { value }
  } catch (cause) {
    return { unset: `${reference}: ${fileProblem(cause)}` }
  }
}
