import { asks, calls, cancels, greets, type Step, watches } from './story.ts'

const PROMPT = { type: 'ref/prompt', name: 'travel' }

/** A walk through the fixture server, in either era. */
export const FIXTURE_STEPS: readonly Step[] = [
  greets('Made for tests.'),
  asks('tools/list', {}, { shows: 'com.example/cost' }),
  calls('greet', { name: 'Zoë' }, 'Hello, Zoë!'),
  calls('measure', {}, '-3e-7'),
  calls('show', {}, 'com.example/trace'),
  calls('fail', {}, '"isError":true'),
  calls('no-such-tool', {}, 'Unknown tool: no-such-tool'),
  watches('count', { to: 4 }, '"step 2"'),
  cancels('wait', {}),
  calls('confirm', {}, 'Answered'),
  asks('resources/list', {}, { shows: 'fixture://two' }),
  asks('resources/templates/list', {}, { shows: 'fixture://{name}' }),
  asks('resources/read', { uri: 'fixture://one' }, { shows: 'first' }),
  asks('resources/read', { uri: 'fixture://two' }, { shows: 'octet-stream' }),
  asks('resources/read', { uri: 'fixture://three' }, { shows: 'Resource not found' }),
  asks('prompts/list', {}, { shows: 'Plans a trip' }),
  asks('prompts/get', { name: 'travel', arguments: { city: 'Berlin' } }, { shows: 'to Berlin' }),
  asks('prompts/get', { name: 'travel' }, { shows: 'Which trip?' }),
  asks(
    'completion/complete',
    { ref: PROMPT, argument: { name: 'city', value: 'A' } },
    { shows: '["Amsterdam","Antwerp"]' },
  ),
]
