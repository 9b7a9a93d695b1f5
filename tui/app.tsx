import { Text, useInput, usePaste } from 'ink'
import { useSyncExternalStore } from 'react'
import type { Binding } from './keymap.ts'
import { keyNames } from './keys.ts'
import { frame } from './screen.ts'
import type { Store } from './store.ts'

/** The screen: draws the state, and says which keys were pressed. */
export const App = ({ store, keymap }: Readonly<{ store: Store; keymap: readonly Binding[] }>) => {
  const state = useSyncExternalStore(store.subscribe, store.get)
  useInput((input, key) => {
    for (const name of keyNames(input, key)) store.dispatch({ type: 'key', key: name })
  })
  usePaste((text) => store.dispatch({ type: 'paste', text }))
  return <Text wrap="truncate-end">{frame(state, keymap)}</Text>
}
