import { useInput, usePaste } from 'ink'
import { keyNames } from './keys.ts'
import type { Store } from './store.ts'

/** Says which keys were pressed; the screen is drawn by painter.ts. */
export const App = ({ store }: Readonly<{ store: Store }>) => {
  useInput((input, key) => {
    for (const name of keyNames(input, key)) store.dispatch({ type: 'key', key: name })
  })
  usePaste((text) => store.dispatch({ type: 'paste', text }))
  return null
}
