import { afterAll, beforeAll } from 'bun:test'
import { join } from 'node:path'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { filesystem, memory, stdioEntry, temporaryDirectory } from './servers.ts'
import { asks, calls, greets, type Step, tellTwice } from './story.ts'

type Directory = Awaited<ReturnType<typeof temporaryDirectory>>

const FILES = { 'notes.txt': 'first line\nsecond line\n', 'picture.png': 'not really' }
const KINDS = ['sdk v1', 'sdk v2 legacy'] as const

let files: Directory
let memories: Directory
let gateway: Gateway
beforeAll(async () => {
  files = await temporaryDirectory(FILES)
  memories = await temporaryDirectory()
  const remembering = KINDS.map(
    (kind, index) => [`memory-${index}`, stdioEntry(remember(`through ${kind}`))] as const,
  )
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      files: stdioEntry(filesystem(files.path)),
      ...Object.fromEntries(remembering),
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await files?.remove()
  await memories?.remove()
})

const remember = (name: string) => memory(join(memories.path, `${name}.jsonl`))

// Paths are known only when the directory exists, so they are filled in as the step is taken.
const onFiles = (name: string, given: (root: string) => object, shows: string): Step => ({
  name: `${name} ${JSON.stringify(given('ROOT'))}`,
  shows,
  does: (client) => client.ask('tools/call', { name, arguments: given(files.path) }),
})

const FILE_STEPS: readonly Step[] = [
  greets('secure-filesystem-server'),
  asks('tools/list', {}, { shows: 'read_text_file' }),
  onFiles('list_allowed_directories', () => ({}), 'Allowed directories'),
  onFiles('read_text_file', (root) => ({ path: `${root}/notes.txt` }), 'second line'),
  onFiles('read_text_file', (root) => ({ path: `${root}/notes.txt`, head: 1 }), 'first line'),
  onFiles('read_media_file', (root) => ({ path: `${root}/picture.png` }), 'image/png'),
  onFiles(
    'write_file',
    (root) => ({ path: `${root}/new.txt`, content: 'ünïcode \u{1f600}\n' }),
    'Successfully wrote',
  ),
  onFiles('list_directory', (root) => ({ path: root }), 'new.txt'),
  onFiles('directory_tree', (root) => ({ path: root }), 'notes.txt'),
  onFiles('search_files', (root) => ({ path: root, pattern: '*.txt' }), 'new.txt'),
  onFiles(
    'edit_file',
    (root) => ({
      path: `${root}/notes.txt`,
      edits: [{ oldText: 'first', newText: '1st' }],
      dryRun: true,
    }),
    '1st',
  ),
  onFiles('read_text_file', () => ({ path: '/etc/hostname' }), 'Access denied'),
  onFiles('read_text_file', (root) => ({ path: `${root}/missing.txt` }), 'ENOENT'),
]

const MEMORY_STEPS: readonly Step[] = [
  greets('memory-server'),
  asks('tools/list', {}, { shows: 'create_entities' }),
  calls('read_graph', {}, '"entities":[]'),
  calls(
    'create_entities',
    { entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote the first'] }] },
    'wrote the first',
  ),
  calls(
    'create_relations',
    { relations: [{ from: 'Ada', to: 'Engine', relationType: 'knows' }] },
    'knows',
  ),
  calls(
    'add_observations',
    { observations: [{ entityName: 'Ada', contents: ['program'] }] },
    'program',
  ),
  calls('search_nodes', { query: 'ada' }, 'Ada'),
  calls('open_nodes', { names: ['Ada'] }, 'program'),
  calls('add_observations', { observations: [{ entityName: 'Bob', contents: [] }] }, 'Bob'),
  calls('delete_entities', { entityNames: ['Ada'] }, 'deleted'),
  calls('read_graph', {}, '"entities":[]'),
]

for (const [index, kind] of KINDS.entries()) {
  const connect = async (server: string, command: ReturnType<typeof filesystem>) => {
    const [direct, through] = await Promise.all([
      connectClient(kind, command),
      connectClient(kind, { url: `${gateway.url}/servers/${server}/mcp` }),
    ])
    return { direct, through }
  }
  tellTwice(
    `${kind}: server-filesystem`,
    () => connect('files', filesystem(files.path)),
    FILE_STEPS,
  )
  tellTwice(
    `${kind}: server-memory`,
    () => connect(`memory-${index}`, remember(`direct ${kind}`)),
    MEMORY_STEPS,
  )
}
