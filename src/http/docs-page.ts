import { openApiPath, STATUSES } from './openapi.ts'
import { REST_ROUTES, type RestRoute } from './rest-routes.ts'

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem;font-size:1.1rem}code,pre{font:14px/1.5 ui-monospace,monospace;background:#f4f4f5;border-radius:4px}
code{padding:.1rem .3rem}pre{padding:.8rem;overflow:auto}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#e4e4e7;background:#18181b}code,pre{background:#27272a}a{color:#93c5fd}}`

/** The API's documentation as one self-contained page: no script, nothing fetched from elsewhere. */
export const docsPage = (version: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>datacline API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>datacline ${escapeHtml(version)}</h1>
<p>MCP clients connect to <code>/servers/{name}/mcp</code>, to <code>/mcp</code> for every server as one,
or to <code>/groups/{name}/mcp</code> for a group of them. The REST API below is for scripts; the
<a href="/openapi.json">OpenAPI document</a> has every route, the operator's too, from the same schemas. Every call needs
<code>Authorization: Bearer …</code> unless the gateway was started with <code>--no-auth</code>.</p>
${REST_ROUTES.map(section).join('\n')}
<h2>Refusals</h2><p>Every refusal is <code>{"detail": "…", "code": "…"}</code>; a denial adds
<code>reason</code>.</p><table>${Object.entries(STATUSES).map(row).join('')}</table></body></html>
`

const section = (route: RestRoute): string => `<h2 id="${escapeHtml(route.path)}">
<code>${route.method} ${escapeHtml(openApiPath(route.path))}</code></h2>
<p>${escapeHtml(route.summary)}.</p><pre>${escapeHtml(curl(route))}</pre>
<details><summary>Answer</summary><pre>${escapeHtml(JSON.stringify(route.answer, null, 2))}</pre></details>`

const row = ([status, meaning]: [string, string]): string =>
  `<tr><th>${status}</th><td>${escapeHtml(meaning)}</td></tr>`

const EXAMPLES: Readonly<Record<string, string>> = {
  mcp_server: 'demo',
  uri: 'demo://docs/welcome',
  name: 'tour',
}

const curl = (route: RestRoute): string => {
  const names = Object.keys((route.query.properties ?? {}) as object)
  const inPath = route.path.replace(/:(\w+)/g, (_, name: string) => EXAMPLES[name] ?? name)
  const query = names
    .filter((name) => !route.path.includes(`:${name}`))
    .map((name) => `${name}=${encodeURIComponent(EXAMPLES[name] ?? name)}`)
    .join('&')
  const address = `http://localhost:8000${inPath}${query === '' ? '' : `?${query}`}`
  if (route.body === undefined) return `curl '${address}'`
  const body = JSON.stringify({ tool_name: 'add', parameters: { a: 2, b: 3 } })
  return `curl '${address}' -H 'Content-Type: application/json' \\\n  -d '${body}'`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
