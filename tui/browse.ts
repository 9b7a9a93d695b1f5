import type { Form } from './form.ts'
import type { ListedTool, Told } from './tool.ts'

/** Where somebody is on Servers & tools and on People & sessions; names hold while lists change. */
export type Browse = Readonly<{
  page: 'list' | 'server' | 'tool' | 'form'
  server: string | undefined
  tool: string | undefined
  /** A person (`iss|sub`), or a session by its id. */
  who: string | undefined
  /** By server: what may be called there. */
  tools: ReadonlyMap<string, Told<readonly ListedTool[]>>
  /** By server: what its program last wrote to standard error. */
  logs: ReadonlyMap<string, Told<readonly string[]>>
  form: Form | undefined
}>

export const BROWSE: Browse = {
  page: 'list',
  server: undefined,
  tool: undefined,
  who: undefined,
  tools: new Map(),
  logs: new Map(),
  form: undefined,
}

/** What came for one server. */
export type ServerNews = Readonly<{
  server: string
  tools?: Told<readonly ListedTool[]>
  log?: Told<readonly string[]>
}>
