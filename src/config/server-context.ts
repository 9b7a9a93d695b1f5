import type { Path, YamlFault } from '../lib/yaml.ts'
import type { ReadVariable } from './secret-reference.ts'

/** What reading a part of one server's entry needs to know besides the part itself. */
export type ServerContext = Readonly<{
  /** A server that is switched off may lack its secrets: nobody needs them. */
  enabled: boolean
  /** The configuration directory, absolute. */
  directory: string
  readVariable: ReadVariable
  /** A fault at a place inside the server's entry. */
  fault: (path: Path, sentence: string) => YamlFault
  /** A sentence for the operator about a place inside the server's entry. */
  notice: (path: Path, sentence: string) => string
}>
