import type { Snapshot } from '../../src/core/snapshot.ts'
import { chosenServer } from '../choose.ts'
import { EMPTY, type Line, line, type Piece, select } from '../line.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'
import type { Glyphs, Tone } from '../theme.ts'

type Server = Snapshot['servers'][number]

const WAITING: readonly Line[] = [EMPTY, line(['  Asking the gateway …', 'dim'])]

/** What a screen shows while nothing was told. */
export const untold = ({ link }: State): readonly Line[] =>
  link.kind === 'file'
    ? [EMPTY, line(['  A recording does not tell this; attach to a gateway to see it.', 'dim'])]
    : WAITING

const NO_SERVER: readonly Line[] = [
  EMPTY,
  line('  No server is behind this gateway yet. From another terminal:'),
  EMPTY,
  line(['    datacline register-mcp my-server http://localhost:3000 --type http', 'key']),
  EMPTY,
  line(['  It shows here as soon as mcp_servers.yaml names it.', 'dim']),
]

export const stateMark = (server: Server, glyphs: Glyphs): readonly [text: string, tone: Tone] => {
  if (!server.enabled) return [`${glyphs.off} off`, 'dim']
  if (server.state === 'down') return [`${glyphs.failed} down`, 'error']
  return server.state === 'up'
    ? [`${glyphs.live} up`, 'permit']
    : [`${glyphs.unknown} not asked`, 'dim']
}

const ms = (value: number | null): string => (value === null ? '—' : String(Math.round(value)))

export type Cell = readonly [title: string, width: number, side?: 'right']

/** Which columns there are, by the width of the screen. */
const serverCells = (wide: boolean): readonly Cell[] => [
  ['SERVER', wide ? 26 : 18],
  ['STATE', 12],
  ['TYPE', wide ? 12 : 9],
  ...(wide ? [['ERAS', 16] as const] : []),
  ['CALLS', 8, 'right'],
  ['DENIED', 8, 'right'],
  ['ERRORS', 8, 'right'],
  ['P95 MS', 8, 'right'],
]

const toolCells = (wide: boolean): readonly Cell[] => [
  ['SERVER', wide ? 26 : 18],
  ['TOOL', wide ? 40 : 20],
  ['CALLS', 8, 'right'],
  ['DENIED', 8, 'right'],
  ['ERRORS', 8, 'right'],
  ['P95 MS', 8, 'right'],
]

export const cellLine = (
  cells: readonly Cell[],
  values: Readonly<Record<string, readonly [text: string, tone: Tone]>>,
  gutter = ' ',
): Line =>
  line(
    `${gutter} `,
    ...cells.map(([title, width, side]): Piece => {
      const [text, tone] = values[title] ?? ['', 'plain']
      return [`${fit(text, width - 1, side)} `, tone]
    }),
  )

export const titleLine = (cells: readonly Cell[]): Line =>
  line([
    `  ${cells.map(([title, width, side]) => `${fit(title, width - 1, side)} `).join('')}`,
    'dim',
  ])

/** Every server with its health, then its tools with how they are used; moved so that the cursor shows. */
export const serverLines = (state: State, columns: number, rows: number): readonly Line[] => {
  const { snapshot, theme } = state
  if (snapshot === undefined) return untold(state)
  if (snapshot.servers.length === 0) return NO_SERVER
  const wide = columns >= 110
  const servers = serverCells(wide)
  const tools = toolCells(wide)
  const here = chosenServer(state)
  const blocks = snapshot.servers.map((server) =>
    serverBlock(server, servers, theme.glyphs, server === here ? columns : undefined),
  )
  const before = blocks.slice(0, here === undefined ? 0 : snapshot.servers.indexOf(here)).flat()
  const lines = [
    titleLine(servers),
    ...blocks.flat(),
    EMPTY,
    line([' Tools, the most called first', 'title']),
    titleLine(tools),
    ...(snapshot.tools.length === 0 ? [line(['  none was called yet', 'dim'])] : []),
    ...snapshot.tools.map((tool) =>
      cellLine(tools, {
        SERVER: [tool.server, 'plain'],
        TOOL: [tool.tool, 'strong'],
        ...figures(tool),
      }),
    ),
  ]
  return around(lines, before.length + 1, rows)
}

/** As many of the lines as there is room for, that one among them. */
export const around = (lines: readonly Line[], at: number, rows: number): readonly Line[] => {
  const from = Math.min(Math.max(0, at - Math.floor(rows / 2)), Math.max(0, lines.length - rows))
  return lines.slice(from, from + rows)
}

const figures = (
  of: Readonly<{ calls: number; denials: number; errors: number; p95_ms: number | null }>,
): Readonly<Record<string, readonly [text: string, tone: Tone]>> => ({
  CALLS: [String(of.calls), 'plain'],
  DENIED: [String(of.denials), of.denials > 0 ? 'deny' : 'dim'],
  ERRORS: [String(of.errors), of.errors > 0 ? 'error' : 'dim'],
  'P95 MS': [ms(of.p95_ms), 'dim'],
})

/** @param columns of the screen, where the cursor is on it */
const serverBlock = (
  server: Server,
  cells: readonly Cell[],
  glyphs: Glyphs,
  columns: number | undefined,
): readonly Line[] => {
  const where = [server.url ?? undefined, server.at, server.description].filter(Boolean).join('   ')
  const first = cellLine(
    cells,
    {
      SERVER: [server.name, 'strong'],
      STATE: stateMark(server, glyphs),
      TYPE: [server.type, 'plain'],
      ERAS: [server.eras.join(' ') || '—', 'dim'],
      ...figures(server),
    },
    columns === undefined ? ' ' : glyphs.cursor,
  )
  return [
    columns === undefined ? first : select(first, columns),
    ...(where === '' ? [] : [line([`    ${where}`, 'dim'])]),
    ...(server.problem === undefined
      ? []
      : [line('    ', [`${glyphs.error} ${server.problem}`, 'error'])]),
  ]
}

/** The servers in a few lines, for the panel at the bottom of large screens. */
export const serverPanel = ({ snapshot, theme }: State): readonly Line[] => {
  if (snapshot === undefined) return [line([' —', 'dim'])]
  return snapshot.servers.map((server) => {
    const [mark, tone] = stateMark(server, theme.glyphs)
    return line(
      [` ${fit(mark, 12)}`, tone],
      [fit(server.name, 20), 'strong'],
      ` ${server.calls} calls`,
      [`  ${server.errors} errors`, server.errors > 0 ? 'error' : 'dim'],
      [`  p95 ${ms(server.p95_ms)} ms`, 'dim'],
      server.problem === undefined ? '' : [`  ${server.problem}`, 'error'],
    )
  })
}
