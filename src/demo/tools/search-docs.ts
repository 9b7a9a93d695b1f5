import { PAGES, type Page } from '../documents.ts'
import { text } from '../parameter.ts'
import { defineTool, structured } from '../tool.ts'

/** Long enough that progress can be watched, short enough that nobody waits. */
const MILLISECONDS_PER_PAGE = 80

export const searchDocs = defineTool({
  name: 'search_docs',
  title: 'Search the handbook',
  description:
    'Searches the pages of the built-in handbook for words, page by page, reporting progress.' +
    ' Finds pages that hold every word, ignoring case, and links to them as resources.',
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  parameters: { query: text('Words to look for', { maxLength: 200, example: 'policy' }) },
  outputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string' },
      matches: {
        type: 'array',
        items: {
          type: 'object',
          properties: { uri: { type: 'string' }, title: { type: 'string' } },
          required: ['uri', 'title'],
          additionalProperties: false,
        },
      },
    },
    required: ['query', 'matches'],
    additionalProperties: false,
  },
  run: async ({ query }, { world, signal, progress, log }) => {
    const words = query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const matches: Page[] = []
    for (const [index, page] of PAGES.entries()) {
      await world.sleep(MILLISECONDS_PER_PAGE, signal)
      signal.throwIfAborted()
      const content = page.text.toLowerCase()
      if (words.every((word) => content.includes(word))) matches.push(page)
      log('debug', `Searched ${page.uri}`)
      progress(index + 1, PAGES.length, `Searched ${page.title}`)
    }
    return structured(
      { query, matches: matches.map(({ uri, title }) => ({ uri, title })) },
      matches.map(({ uri, name, title }) => ({
        type: 'resource_link',
        uri,
        name,
        title,
        mimeType: 'text/markdown',
      })),
    )
  },
})
