import { useApp, useInput, usePaste } from 'ink'
import { useEffect } from 'react'
import { keyNames } from './keys.ts'
import type { Store } from './store.ts'

/** Gives the terminal to another program while it runs. */
export type Suspend = (run: () => Promise<void>) => Promise<void>

type Props = Readonly<{ store: Store; onReady: (suspend: Suspend) => void }>

/** Says which keys were pressed; the screen is drawn by painter.ts. */
export const App = ({ store, onReady }: Props) => {
  const { suspendTerminal } = useApp()
  useEffect(() => onReady((run) => suspendTerminal(run)), [onReady, suspendTerminal])
  useInput((input, key) => {
    for (const name of keyNames(input, key)) store.dispatch({ type: 'key', key: name })
  })
  usePaste((text) => store.dispatch({ type: 'paste', text }))
  return null
}
