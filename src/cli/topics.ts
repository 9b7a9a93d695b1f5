import { FILTER_KEYS } from '../core/filter.ts'
import { nearest } from '../lib/nearest.ts'
import { ENTRIES } from './commands/index.ts'
import { EXITS } from './exit-codes.ts'
import { CliFault } from './failure.ts'
import { findCommand, groupOf } from './find-command.ts'
import { helpOf, overviewOf } from './help.ts'
import { tableText } from './table.ts'

const exitCodes = (): string => {
  const rows = Object.entries(EXITS).map(([name, exit]) => ({ name, ...exit }))
  const retry = (retryable: boolean | undefined) =>
    retryable === undefined ? 'maybe' : retryable ? 'yes' : 'no'
  return tableText(
    [
      { title: 'CODE', value: ({ code }) => String(code), align: 'right' },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'RETRY', value: ({ retryable }) => retry(retryable) },
      { title: 'WHEN', value: ({ when }) => when },
    ],
    rows,
  )
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['DATACLINE_GATEWAY', 'the gateway that commands talk to (--gateway)'],
  ['DATACLINE_LOCAL', 'any value: no gateway, everything in this program (--local)'],
  ['DATACLINE_CONFIG', 'where mcp_servers.yaml and policies/ are (--config)'],
  ['DATACLINE_TOKEN', 'the token (--token)'],
  ['DATACLINE_TOKEN_FILE', 'the file that holds the token (--token-file)'],
  ['DATACLINE_TIMEOUT', 'when commands give up: 30, 30s, 500ms, 2m (--timeout)'],
  ['DATACLINE_OUTPUT', 'text, json or ndjson (--output)'],
  ['DATACLINE_NO_INPUT, CI', 'any value: never ask (--no-input)'],
  ['DATACLINE_DEBUG', 'any value: show where an internal fault happened'],
  ['NO_COLOR', 'any value: no colours (--no-color)'],
  ['DATACLINE_UI', 'plain: serve shows lines on a terminal too (--no-tui)'],
  ['DATACLINE_KEYS', 'a file with keys of your own for the screen (tui --keys)'],
  ['DATACLINE_THEME', 'default, light, high-contrast or mono (--theme)'],
  ['INK_SCREEN_READER', 'true: sentences in place of a screen (--screen-reader)'],
]

const environment = (): string =>
  `${tableText(
    [
      { title: 'VARIABLE', value: ([name]) => name },
      { title: 'MEANING', value: ([, meaning]) => meaning },
    ],
    ENVIRONMENT,
  )}
A flag wins over its variable. Settings of \`serve\` are variables too: datacline config show.
`

const KEYS = `The keys of the screen and the commands they run: datacline tui --list-keys

Keys of your own stand in ~/.config/datacline/keys.yaml ($XDG_CONFIG_HOME), or in the file that
--keys or DATACLINE_KEYS names: a command of the list, or of \`:\`, and its keys in place of the usual.

  replay: ctrl-r
  screen stats: ["5", S]
  clear: []            # no key
`

const OUTPUT = `Standard output carries the result and nothing else; notes, progress and errors go to standard error.

  --json            exactly one JSON document on standard output, and never a question
  -o ndjson         lists as one JSON document a line
  --fields a,b.c    only these members of the result, or of each entry of a list
  --quiet           no notes

With --json a failure is one line on standard error:
  {"error":{"code":"policy_denied","exit":3,"message":"…","hint":"…","status":403,"retryable":false}}
\`code\` and \`exit\` are those of: datacline help exit-codes
`

const PARAMETERS = `Parameters of \`datacline invoke SERVER TOOL\` become one object; what is later in this list wins:

  --params-file FILE      a JSON object; - reads standard input
  --params JSON           a JSON object; - reads standard input, @FILE a file
  key=value               typed by the tool's schema; text without one
  key:=JSON               JSON, whatever the schema says
  key==text               text, whatever the schema says
  key=@FILE               the text of a file
  key:=@FILE              the JSON of a file
  a.b=value               inside of an object
  list[]=value            added to a list; a list of plain values also takes list=a,b
  a\\=b=value              \\= is = in a name, \\. a dot, \\: a colon, \\\\ a backslash

They are checked against the tool's schema before anything is sent (exit 2).
`

const FILTERS = `Filters pick events, in \`audit tail\`, \`audit query\` and in the terminal behind /:

  decision:deny server:prod     both must hold
  tool:search | tool:fetch      one must hold
  -user:ana   !(a | b)          must not hold
  timeout   "a phrase"          anywhere in an event
  /delete|drop/i  tool:~^del    a regular expression (RE2), in any case
  user:ana                      contains it, in any case
  user:ana*                     all of it; * is anything
  user:=ana@example.com         exactly that
  dur:>200ms  seq:>=18000       numbers and times

`

const filters = (): string =>
  FILTERS +
  tableText(
    [
      { title: 'KEY', value: ({ name, aliases }) => [name, ...aliases].join(', ') },
      { title: 'EXAMPLE', value: ({ example }) => example },
      { title: 'MEANING', value: ({ help }) => help },
    ],
    FILTER_KEYS,
  )

/** What `datacline help TOPIC` explains. */
export const TOPICS: Readonly<Record<string, () => string>> = {
  'exit-codes': exitCodes,
  environment,
  keys: () => KEYS,
  output: () => OUTPUT,
  parameters: () => PARAMETERS,
  filters,
}

/**
 * The help on a topic, a command, a group of commands, or, without words, on everything.
 *
 * @throws CliFault `not_found` with the nearest topic or command
 */
export const helpText = async (words: readonly string[]): Promise<string> => {
  const topics = Object.keys(TOPICS)
  const name = words.join(' ')
  if (name === '') return overviewOf(ENTRIES, topics)
  const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined
  if (topic !== undefined) return topic()
  const group = groupOf(name)
  if (group.length > 0 && !ENTRIES.some((entry) => entry.name === name)) {
    return overviewOf(group, topics)
  }
  return helpOf(await loadNamed(name, topics))
}

const loadNamed = (name: string, topics: readonly string[]) => {
  try {
    return findCommand(name.split(' ')).entry.load()
  } catch (cause) {
    if (!(cause instanceof CliFault)) throw cause
    const known = [...topics, ...ENTRIES.map((entry) => entry.name)]
    const match = nearest(name, known) ?? nearest(name.split(' ')[0] ?? '', known)
    throw new CliFault('not_found', `no help on ${JSON.stringify(name)}`, {
      ...(match !== undefined && { why: `did you mean ${match}?` }),
      hint: 'datacline help',
    })
  }
}
