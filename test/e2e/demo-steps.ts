import { asks, calls, cancels, greets, type Step, watches } from './story.ts'

const PROMPT = { type: 'ref/prompt', name: 'welcome_email' }

/** A walk through the demo server, in either era. It is told in order: `flaky` counts, deletion stays. */
export const DEMO_STEPS: readonly Step[] = [
  greets('datacline-demo'),
  asks('tools/list', {}, { shows: 'delete_user' }),
  calls('echo', { text: 'hello' }, 'hello'),
  calls('add', { a: 2, b: 40 }, '{"sum":42}'),
  calls('add', { a: 'two' }, 'Invalid arguments for add'),
  calls('get_user', { id: '3' }, 'Alan Mathison'),
  calls('get_user', { id: '99' }, 'Known ids'),
  calls('no_such_tool', {}, 'Unknown tool'),
  watches('search_docs', { query: 'policy' }, 'demo://docs/policy'),
  watches('slow', { seconds: 0.6 }, 'Waited 0.6 seconds.'),
  cancels('slow', { seconds: 25 }),
  calls('flaky', {}, 'went well'),
  calls('flaky', {}, '"isError":true'),
  asks('resources/list', {}, { shows: 'demo://users/7' }),
  asks('resources/templates/list', {}, { shows: 'demo://users/{id}' }),
  asks('resources/read', { uri: 'demo://docs/policy' }, { shows: 'How a call is decided' }),
  asks('resources/read', { uri: 'demo://users/99' }, { shows: 'Resource not found' }),
  asks('prompts/list', {}, { shows: 'welcome_email' }),
  asks('prompts/get', { name: 'welcome_email', arguments: { id: '2' } }, { shows: 'Grace Murray' }),
  asks('prompts/get', { name: 'welcome_email' }, { shows: 'Missing argument' }),
  asks(
    'completion/complete',
    { ref: PROMPT, argument: { name: 'tone', value: '' } },
    { shows: 'cheerful' },
  ),
  calls('delete_user', { id: '7' }, 'Deleted Barbara Jane'),
  calls('get_user', { id: '7' }, 'No user has the id'),
]
