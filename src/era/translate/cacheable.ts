/** The methods whose results carry caching hints, `ttlMs` and `cacheScope` (MCP 2026-07-28, caching). */
export const CACHEABLE: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
])
