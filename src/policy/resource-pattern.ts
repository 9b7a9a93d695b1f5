import { parseResource } from '../core/resource.ts'
import { compileGlob } from './glob.ts'

/** What a resource of policy.yaml stands for. */
export type ResourcePattern = Readonly<{
  /** Globs as written; `*` for a lone `*`, undefined for `gateway`. */
  server: string | undefined
  name: string | undefined
  /** An item of a server, or a glob that stands for several items. */
  covers: (server: string, name: string) => boolean
  coversGateway: boolean
}>

/**
 * Reads `mcp:{server}:{name}`, split at the first two colons, `*` being any run of characters inside one
 * segment; a lone `*` for everything, the gateway itself included; or `gateway` for the gateway alone.
 * Returns undefined for anything else.
 */
export const parseResourcePattern = (text: string): ResourcePattern | undefined => {
  if (text === '*') return { server: '*', name: '*', covers: () => true, coversGateway: true }
  if (text === 'gateway') {
    return { server: undefined, name: undefined, covers: () => false, coversGateway: true }
  }
  const resource = parseResource(text)
  if (resource === undefined) return undefined
  const server = compileGlob(resource.server)
  const name = compileGlob(resource.name)
  return {
    ...resource,
    covers: (ofServer, ofName) => server(ofServer) && name(ofName),
    coversGateway: false,
  }
}
