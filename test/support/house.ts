import { toOperation } from '../../src/core/operation.ts'
import { classify } from '../../src/era/classify.ts'
import { createGateway, type Parts } from '../../src/gateway/gateway.ts'
import { createApp } from '../../src/http/app.ts'
import type { House } from '../../src/http/house.ts'
import { sourceOf } from '../../src/http/source.ts'
import { parts } from './parts.ts'

/** The real door on a real port, with parts of the test's own behind it. */
export const startHouse = (over: Partial<Parts> = {}, house: Partial<House> = {}) => {
  const { all, steps, settled } = parts(over)
  const app = createApp({
    gateway: createGateway(all),
    door: { allowedHosts: [], allowedOrigins: [], addressHosts: false, maxBodyBytes: 4096 },
    classify,
    interpret: (server, era, message) => toOperation(server, era, message),
    versionOf: () => undefined,
    challenger: () => (presented) => `Bearer${presented ? ' error="invalid_token"' : ''}`,
    resourceMetadata: (_request, path) => ({ resource: path }),
    sourceOf,
    readiness: () => ({ record: 'ok' }),
    config: {
      auth_enabled: true,
      keycloak_realm: null,
      policy_file: 'policies/policy.yaml',
      audit_log_file: 'audit.json',
      audit_to_stdout: true,
    },
    database: 'sqlite',
    version: '0.0.0',
    now: () => 0,
    ...house,
  })
  app.listen({ port: 0, hostname: '127.0.0.1' })
  const port = app.server?.port ?? 0
  const url = `http://127.0.0.1:${port}`
  return { url, port, steps, settled, routes: app.routes, close: () => app.stop(true) }
}

/** Longer than an answer takes on a busy machine; a test fails by what came until then. */
const PATIENCE = 20_000

/** Sends exactly these bytes and gives all that comes back until one answer is whole or the connection ends. */
export const sendRaw = async (port: number, text: string | Uint8Array): Promise<string> => {
  let received = ''
  const over = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data(_socket, bytes) {
        received += bytes.toString()
        if (isWhole(received)) over.resolve()
      },
      close: () => over.resolve(),
    },
  })
  socket.write(text)
  socket.flush()
  const timer = setTimeout(over.resolve, PATIENCE)
  await over.promise
  clearTimeout(timer)
  socket.end()
  return received
}

/** RFC 9112 §6: the header section, and as much as `content-length` says. */
const isWhole = (answer: string): boolean => {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /^content-length: *(\d+)/im.exec(answer.slice(0, end))?.[1] ?? '0'
  return Buffer.byteLength(answer.slice(end + 4)) >= Number(length)
}
