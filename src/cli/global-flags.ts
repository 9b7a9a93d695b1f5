import type { Flags } from './flag.ts'

/** Flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS = {
  json: { group: 'Output', help: 'one JSON document on standard output; never asks' },
  output: {
    value: 'FORMAT',
    short: 'o',
    group: 'Output',
    choices: ['text', 'json', 'ndjson'],
    help: 'text, json or ndjson (DATACLINE_OUTPUT)',
  },
  fields: { value: 'A,B.C', group: 'Output', help: 'only these members, or columns' },
  quiet: { short: 'q', group: 'Output', help: 'only results and errors' },
  'no-color': { group: 'Output', help: 'no colours (NO_COLOR)' },
  'no-input': { group: 'Output', help: 'never ask (CI, DATACLINE_NO_INPUT)' },
  yes: { short: 'y', group: 'Output', help: 'answer confirmations with yes' },
  gateway: {
    value: 'URL',
    group: 'Connection',
    help: 'the gateway (DATACLINE_GATEWAY; else the one that runs from --config, else HOST and PORT)',
  },
  'api-url': { value: 'URL', group: 'Connection', help: 'the same as --gateway' },
  token: {
    value: 'JWT',
    group: 'Connection',
    help: 'the token; - reads standard input, @FILE a file (DATACLINE_TOKEN)',
  },
  'token-file': {
    value: 'FILE',
    group: 'Connection',
    help: 'the file that holds the token (DATACLINE_TOKEN_FILE)',
  },
  timeout: {
    value: 'TIME',
    group: 'Connection',
    help: 'give up after: 30, 30s, 500ms, 2m (DATACLINE_TIMEOUT, 60s)',
  },
  local: {
    group: 'Connection',
    help: 'no gateway: identity, policy and record in this program (DATACLINE_LOCAL)',
  },
  'no-auth': { group: 'Connection', help: 'with --local: call without a token, as anonymous' },
  config: {
    value: 'DIR',
    group: 'Configuration',
    help: 'where mcp_servers.yaml and policies/ are (DATACLINE_CONFIG)',
  },
  help: { short: 'h', group: 'Output', help: 'show this help' },
} as const satisfies Flags
