import { chosenServer, chosenTool, toolsHere } from '../choose.ts'
import { clock } from '../clock.ts'
import { mayDestroy } from '../form.ts'
import { EMPTY, type Line, line, select } from '../line.ts'
import type { State } from '../state.ts'
import { cut, fit, wrap, wrapWhole } from '../text.ts'
import type { ListedTool, Told } from '../tool.ts'
import { schemaLines } from './schema.ts'
import { stateMark } from './servers.ts'
import { labelled } from './why.ts'

/** One server: how it is doing, what may be called there, what its program said last. */
export const serverPage = (state: State, columns: number, rows: number): readonly Line[] => {
  const head = factLines(state, columns)
  const log = logTail(state, columns, Math.max(3, Math.floor(rows / 4)))
  const room = Math.max(3, rows - head.length - log.length - 1)
  return [...head, ...toolList(state, columns, room), EMPTY, ...log].slice(0, Math.max(rows, 0))
}

const ms = (value: number | null): string => (value === null ? '—' : `${Math.round(value)}`)

const factLines = (state: State, columns: number): readonly Line[] => {
  const server = chosenServer(state)
  if (server === undefined) return [line(['  This server is gone; esc goes back.', 'warn'])]
  const [mark, tone] = stateMark(server, state.theme.glyphs)
  const where = [server.url ?? undefined, server.at, server.description].filter(Boolean).join('   ')
  const last = server.last_call_at
  return [
    line([` ${server.name}  `, 'strong'], [mark, tone], `  ${server.type}`, [
      `  ${server.eras.length === 0 ? 'no era known yet' : server.eras.join(' and ')}`,
      'dim',
    ]),
    ...(where === '' ? [] : [line([` ${cut(where, columns - 2)}`, 'dim'])]),
    line(
      ` ${server.calls} calls`,
      [`  ${server.denials} denied`, server.denials > 0 ? 'deny' : 'dim'],
      [`  ${server.errors} errors`, server.errors > 0 ? 'error' : 'dim'],
      [`  p50 ${ms(server.p50_ms)}  p95 ${ms(server.p95_ms)}  p99 ${ms(server.p99_ms)} ms`, 'dim'],
      [last === undefined ? '' : `  last ${clock(Date.parse(last), state.zone)}`, 'dim'],
    ),
    ...(server.problem === undefined
      ? []
      : wrap(`${state.theme.glyphs.error} ${server.problem}`, columns - 2)
          .slice(0, 3)
          .map((text) => line([` ${text}`, 'error']))),
    EMPTY,
  ]
}

const WAITING = line(['  Asking the server …', 'dim'])

/** As many tools as there is room for, those around the cursor. */
const toolList = (state: State, columns: number, room: number): readonly Line[] => {
  const told = state.browse.tools.get(chosenServer(state)?.name ?? '')
  const tools = toolsHere(state)
  const title = line(
    [' Tools', 'title'],
    [tools.length > 0 ? `  ${tools.length} that you may use` : '', 'dim'],
  )
  if (tools.length === 0) return [title, emptyOf(told, 'none that you may use')]
  const cursor = tools.findIndex(({ name }) => name === chosenTool(state)?.name)
  const from = Math.min(
    Math.max(0, cursor - Math.floor((room - 1) / 2)),
    Math.max(0, tools.length - (room - 1)),
  )
  return [
    title,
    ...tools.slice(from, from + room - 1).map((tool, at) => {
      const here = from + at === cursor
      const shown = toolLine(tool, here ? state.theme.glyphs.cursor : ' ', columns)
      return here ? select(shown, columns) : shown
    }),
  ]
}

const emptyOf = (told: Told<unknown> | undefined, none: string): Line => {
  if (told === undefined) return WAITING
  return 'problem' in told ? line([`  ${told.problem}`, 'error']) : line([`  ${none}`, 'dim'])
}

const toolLine = (tool: ListedTool, gutter: string, columns: number): Line => {
  const name = Math.min(40, Math.floor(columns * 0.35))
  return line(
    `${gutter} `,
    [fit(tool.name, name), 'strong'],
    [mayDestroy(tool) ? ' ! ' : '   ', 'warn'],
    [cut(tool.description.split('\n')[0] ?? '', columns - name - 6), 'dim'],
  )
}

const logTail = ({ browse, snapshot }: State, columns: number, rows: number): readonly Line[] => {
  const told = browse.logs.get(browse.server ?? '')
  const type = snapshot?.servers.find(({ name }) => name === browse.server)?.type
  if (type !== 'stdio') return []
  const title = line([' Standard error of its program', 'title'])
  const lines = told !== undefined && 'value' in told ? told.value : []
  if (lines.length === 0) return [title, emptyOf(told, 'nothing was written')]
  return [title, ...lines.slice(-rows).map((text) => line([`  ${cut(text, columns - 3)}`, 'dim']))]
}

const HINTS = [
  ['readOnlyHint', 'only reads'],
  ['destructiveHint', 'may destroy'],
  ['idempotentHint', 'twice is as once'],
  ['openWorldHint', 'reaches the outside'],
] as const

/** One tool: what it says of itself, and its parameters. */
export const toolPage = (state: State, columns: number): readonly Line[] => {
  const tool = chosenTool(state)
  if (tool === undefined) return [line(['  This tool is gone; esc goes back.', 'warn'])]
  const hints = HINTS.flatMap(([key, text]) =>
    typeof tool.annotations[key] === 'boolean'
      ? [`${text}: ${tool.annotations[key] ? 'yes' : 'no'}`]
      : [],
  )
  return [
    line([` ${tool.name}`, 'strong'], [`  on ${chosenServer(state)?.name ?? ''}`, 'dim']),
    ...wrapWhole(tool.description, columns - 4).map((text) => line(`  ${text}`)),
    EMPTY,
    ...(hints.length === 0
      ? labelled('hints', ['none; a tool that says nothing may destroy'], 'dim')
      : wrap([...hints, '(nobody checked)'].join('  '), columns - 11).map((text, at) =>
          line([at === 0 ? ' it says  ' : ' '.repeat(10), 'dim'], text),
        )),
    EMPTY,
    line([' Parameters', 'title'], ['  * must be given', 'dim']),
    ...schemaLines(tool.schema, columns),
    EMPTY,
    line(['  ⏎', 'key'], ' fills them in; policy is asked before anything is called'),
  ]
}
