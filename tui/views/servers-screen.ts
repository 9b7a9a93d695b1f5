import type { Line } from '../line.ts'
import type { State } from '../state.ts'
import { formPage } from './form.ts'
import { serverPage, toolPage } from './server-page.ts'
import { serverLines } from './servers.ts'

/** Servers & tools: the list, one server, one tool, or the form to call it. */
export const serverScreen = (state: State, rows: number): readonly Line[] => {
  const { columns } = state.size
  switch (state.browse.page) {
    case 'server':
      return serverPage(state, columns, rows)
    case 'tool':
      return toolPage(state, columns)
    case 'form':
      return formPage(state, columns)
    default:
      return serverLines(state, columns, rows)
  }
}
