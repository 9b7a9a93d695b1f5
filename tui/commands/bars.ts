import { applyFilter, openInput } from '../bar.ts'
import { say } from '../say.ts'
import type { Input, State } from '../state.ts'
import { refresh } from '../visible.ts'
import { command } from './row.ts'

/** In the help, what is looked for is a line of it. */
const barOf = ({ help }: State): Input['kind'] => (help === undefined ? 'filter' : 'help')

export const BARS = {
  filter: command(
    'show only some calls',
    (state, argument) =>
      argument === '' ? openInput(state, barOf(state)) : applyFilter(state, argument),
    'FILTER',
  ),
  'filter toggle': command('filter on or off, without losing it', (state) =>
    state.filter.text === ''
      ? say(state, 'there is no filter; / begins one')
      : refresh({ ...state, filter: { ...state.filter, on: !state.filter.on } }),
  ),
  deny: command('only what was denied', (state) => applyFilter(state, 'decision:deny')),
  server: command(
    'only one server',
    (state, name) => applyFilter(state, `server:${JSON.stringify(name)}`),
    'NAME',
  ),
  user: command(
    'only one caller',
    (state, name) => applyFilter(state, `user:${JSON.stringify(name)}`),
    'NAME',
  ),
  search: command(
    'search in what is listed',
    (state, text) => (text === '' ? openInput(state, 'search') : { ...state, search: text }),
    'TEXT',
  ),
  command: command('type a command', (state) => openInput(state, 'command')),
}
