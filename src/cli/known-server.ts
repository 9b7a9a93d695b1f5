import { type ServersText, serverBlocks } from '../config/server-registration.ts'
import { nearest } from '../lib/nearest.ts'
import { foreseen } from './configuration.ts'
import { CliFault } from './failure.ts'

/** The entry of a server as it is written. @throws CliFault `not_found`, with the nearest name */
export const knownServer = ({ text, file }: ServersText, name: string): unknown => {
  const blocks = foreseen(() => serverBlocks(text, file))
  if (Object.hasOwn(blocks, name)) return blocks[name]
  const names = Object.keys(blocks)
  const match = nearest(name, names)
  const others = names.length === 0 ? 'it names none' : `it has ${names.join(', ')}`
  throw new CliFault('not_found', `${file} has no server ${JSON.stringify(name)}`, {
    why: match === undefined ? others : `did you mean ${match}?`,
  })
}
