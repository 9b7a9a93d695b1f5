import { useApp, useInput, usePaste } from 'ink'
import { useEffect } from 'react'
import { keyNames } from './keys.ts'
import type { Store } from './store.ts'

/** Gives the terminal to another program while it runs. */
export type Suspend = (run: () => Promise<void>) => Promise<void>

type Props = Readonly<{
  store: Store
  onReady: (suspend: Suspend) => void
  /** The terminal's own key, ctrl-z, which it leaves to us: it means the same wherever keys go. */
  onAside: () => void
}>

/** Says which keys were pressed; the screen is drawn by painter.ts. */
export const App = ({ store, onReady, onAside }: Props) => {
  const { suspendTerminal } = useApp()
  useEffect(() => onReady((run) => suspendTerminal(run)), [onReady, suspendTerminal])
  useInput((input, key) => {
    for (const name of keyNames(input, key)) {
      if (name === 'ctrl-z') onAside()
      else store.dispatch({ type: 'key', key: name })
    }
  })
  usePaste((text) => store.dispatch({ type: 'paste', text }))
  return null
}
