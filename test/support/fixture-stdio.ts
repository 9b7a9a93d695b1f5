/** The fixture server over stdio, run with `process.execPath`; it speaks the legacy era only. */
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { createServer } from './modern-server.ts'

await createServer({ cancellations: 0, calls: new Map() }).connect(new StdioServerTransport())
