import { asks, calls, cancels, greets, type Step, watches } from './story.ts'

const PROMPT = { type: 'ref/prompt', name: 'completable-prompt' }
const TEMPLATE = { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' }

/** A walk through the reference server that needs nothing of the client. */
export const EVERYTHING_STEPS: readonly Step[] = [
  greets('Everything Reference Server'),
  asks('ping', {}, { shows: '{}' }),
  asks('tools/list', {}, { shows: 'get-structured-content' }),
  calls('echo', { message: 'hëllo \u{1f600}\n"quoted"' }, 'hëllo'),
  calls('get-sum', { a: 0.1, b: 0.2 }, '0.30000000000000004'),
  calls('get-annotated-message', { messageType: 'error', includeImage: true }, 'image/png'),
  calls('get-tiny-image', {}, 'image/png'),
  calls('get-structured-content', { location: 'Chicago' }, '"structuredContent"'),
  calls('get-resource-links', { count: 4 }, 'resource_link'),
  calls('get-resource-reference', { resourceType: 'Blob', resourceId: 2 }, 'blob'),
  calls('get-resource-reference', { resourceType: 'Text', resourceId: -1 }, 'Invalid resourceId'),
  calls('get-sum', { a: 'one' }, 'Input validation error'),
  calls('no-such-tool', {}, 'no-such-tool'),
  asks('resources/list', {}, { shows: 'demo://resource/static' }),
  asks('resources/templates/list', {}, { shows: '{resourceId}' }),
  asks('resources/read', { uri: 'demo://resource/static/document/features.md' }, { shows: '# ' }),
  asks('resources/read', { uri: 'demo://resource/dynamic/text/7' }, { shows: 'Resource 7' }),
  asks('resources/read', { uri: 'demo://resource/dynamic/blob/7' }, { shows: 'base64 blob' }),
  asks('resources/read', { uri: 'demo://resource/nowhere' }, { shows: 'nowhere not found' }),
  asks('prompts/list', {}, { shows: 'args-prompt' }),
  asks('prompts/get', { name: 'simple-prompt' }, { shows: 'This is a simple prompt' }),
  asks('prompts/get', { name: 'args-prompt', arguments: { city: 'Bern' } }, { shows: 'Bern?' }),
  asks('prompts/get', { name: 'args-prompt' }, { shows: 'Invalid arguments for prompt' }),
  asks('prompts/get', { name: 'no-such-prompt' }, { shows: 'no-such-prompt not found' }),
  asks(
    'prompts/get',
    { name: 'resource-prompt', arguments: { resourceType: 'Text', resourceId: '3' } },
    { shows: 'demo://resource/dynamic/text/3' },
  ),
  asks(
    'completion/complete',
    { ref: PROMPT, argument: { name: 'department', value: 'S' } },
    { shows: '["Sales","Support"]' },
  ),
  asks(
    'completion/complete',
    {
      ref: PROMPT,
      argument: { name: 'name', value: '' },
      context: { arguments: { department: 'Support' } },
    },
    { shows: '"Kim"' },
  ),
  asks(
    'completion/complete',
    { ref: TEMPLATE, argument: { name: 'resourceId', value: '4' } },
    { shows: '"4"' },
  ),
  watches('trigger-long-running-operation', { duration: 0.3, steps: 3 }, '"progress":2'),
  cancels('trigger-long-running-operation', { duration: 20, steps: 200 }),
  calls('echo', { message: 'still here' }, 'still here'),
  asks('logging/setLevel', { level: 'debug' }, { shows: '{}' }),
  calls('toggle-simulated-logging', {}, 'Started', '"notifications/message"'),
  calls('toggle-simulated-logging', {}, 'Stopped'),
  asks(
    'resources/subscribe',
    { uri: 'demo://resource/dynamic/text/1' },
    { shows: 'Received Subscribe', hears: 'Received Subscribe' },
  ),
  calls('toggle-subscriber-updates', {}, 'Started', 'notifications/resources/updated'),
  calls('toggle-subscriber-updates', {}, 'Stopped'),
  asks(
    'resources/unsubscribe',
    { uri: 'demo://resource/dynamic/text/1' },
    { shows: 'Received Unsubscribe', hears: 'Received Unsubscribe' },
  ),
  // Last, because over HTTP it leaves a resource behind for sessions to come.
  calls(
    'gzip-file-as-resource',
    {
      name: 'a.gz',
      data: 'data:text/plain;base64,aGVsbG8=',
      outputType: 'resource',
    },
    'application/gzip',
  ),
]

/** What the reference server asks of a client that declared elicitation, sampling and roots. */
export const INTERACTIVE_STEPS: readonly Step[] = [
  asks('tools/list', {}, { shows: 'trigger-elicitation-request' }),
  calls('trigger-elicitation-request', {}, 'Ada'),
  calls('trigger-sampling-request', { prompt: 'Say something', maxTokens: 10 }, 'sampled'),
  calls('get-roots-list', {}, 'file:///tmp'),
]
