import { PIXEL, said, type Tools, takes } from './everything-tool.ts'

const image = { type: 'image' as const, data: PIXEL, mimeType: 'image/png' }
const embedded = (uri: string, mimeType: string, text: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text },
})

/** A schema of JSON Schema 2020-12 that must arrive keyword by keyword. */
const ADDRESS_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
}

/** The tools that answer without asking anybody. Names and texts are those that the suite looks for. */
export const PLAIN_TOOLS: Tools = {
  test_simple_text: {
    description: 'Text',
    run: () => said('This is a simple text response for testing.'),
  },
  test_image_content: { description: 'An image', run: () => ({ content: [image] }) },
  test_audio_content: {
    description: 'Audio',
    run: () => ({
      content: [
        {
          type: 'audio',
          data: 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=',
          mimeType: 'audio/wav',
        },
      ],
    }),
  },
  test_embedded_resource: {
    description: 'A resource inside the result',
    run: () => ({
      content: [
        embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
      ],
    }),
  },
  test_multiple_content_types: {
    description: 'Text, an image and a resource',
    run: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        embedded(
          'test://mixed-content-resource',
          'application/json',
          '{"test":"data","value":123}',
        ),
      ],
    }),
  },
  test_error_handling: {
    description: 'Fails',
    run: () => {
      throw new Error('This tool intentionally returns an error for testing')
    },
  },
  test_tool_with_logging: {
    description: 'Logs while it runs',
    run: async (_given, { mcpReq }) => {
      for (const data of ['started', 'processing data', 'completed']) {
        await mcpReq.notify({
          method: 'notifications/message',
          params: { level: 'info', data: `Tool execution ${data}` },
        })
        await Bun.sleep(30)
      }
      return said('Tool with logging executed successfully')
    },
  },
  test_logging_tool: {
    description: 'Logs only where the request asked for it',
    run: async (_given, { mcpReq }) => {
      await mcpReq.log('info', 'only for those who set a level')
      return said('Logged.')
    },
  },
  test_tool_with_progress: {
    description: 'Reports progress to whoever gave a token',
    run: async (_given, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken
      if (progressToken === undefined) return said('No token, no progress.')
      for (const progress of [0, 50, 100]) {
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100, message: `${progress} of 100` },
        })
        await Bun.sleep(30)
      }
      return said(String(progressToken))
    },
  },
  test_streaming_elicitation: {
    description: 'A stream that must hold no request',
    run: () => said('Nothing was asked.'),
  },
  test_reconnection: {
    description: 'Closes the stream of its own call and answers on the next one',
    run: async (_given, { http }) => {
      http?.closeSSE?.()
      await Bun.sleep(100)
      return said('Reconnection test completed successfully')
    },
  },
  test_waiting: {
    description: 'Reports that it began and waits until it is cancelled, or a minute',
    run: async (_given, { mcpReq }, world) => {
      world.waiting++
      const progressToken = mcpReq._meta?.progressToken
      if (progressToken !== undefined) {
        const params = { progressToken, progress: 1, message: 'began' }
        await mcpReq.notify({ method: 'notifications/progress', params })
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 60_000)
        const stop = () => {
          world.cancelled++
          clearTimeout(timer)
          resolve()
        }
        if (mcpReq.signal.aborted) stop()
        else mcpReq.signal.addEventListener('abort', stop, { once: true })
      })
      world.waiting--
      return said('Waited.')
    },
  },
  test_x_mcp_header: {
    description: 'Has an argument that a header repeats',
    schema: takes({
      region: { type: 'string', 'x-mcp-header': 'Region' },
      level: { type: 'integer' },
    }),
    run: ({ region }) => said(`region=${region ?? '<none>'}`),
  },
  json_schema_2020_12_tool: {
    description: 'Has a schema with every keyword',
    schema: ADDRESS_SCHEMA,
    run: (given) => said(`Called with ${JSON.stringify(given)}`),
  },
  test_trigger_tool_change: {
    description: 'Announces that the tools changed',
    run: (_given, _context, world) => {
      world.announce('tools')
      return said('Announced.')
    },
  },
  test_trigger_prompt_change: {
    description: 'Announces that the prompts changed',
    run: (_given, _context, world) => {
      world.announce('prompts')
      return said('Announced.')
    },
  },
  test_trigger_resource_update: {
    description: 'Announces that the watched resource changed',
    run: (_given, _context, world) => {
      world.announce({ resource: 'test://watched-resource' })
      return said('Announced.')
    },
  },
}
