/** A TCP server whose every request is answered by hand: for faults that no HTTP server would make. */
export type RawConnection = { readonly number: number; received: string; requests: number }
export type RawReply = (text: string, end?: boolean) => void

export const startRawServer = (
  onRequest: (
    reply: RawReply,
    connection: RawConnection,
    socket: Bun.Socket<RawConnection>,
  ) => void,
) => {
  const sockets = new Set<Bun.Socket<RawConnection>>()
  const seen = { connections: 0, requests: [] as string[] }
  const server = Bun.listen<RawConnection>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        seen.connections++
        socket.data = { number: seen.connections, received: '', requests: 0 }
        sockets.add(socket)
      },
      data: (socket, bytes) => {
        const state = socket.data
        state.received += bytes.toString('latin1')
        for (;;) {
          const end = state.received.indexOf('\r\n\r\n')
          if (end === -1) return
          const length = Number(
            /content-length: (\d+)/i.exec(state.received.slice(0, end))?.[1] ?? 0,
          )
          if (state.received.length < end + 4 + length) return
          seen.requests.push(state.received.slice(0, end + 4 + length))
          state.received = state.received.slice(end + 4 + length)
          state.requests++
          onRequest(
            (text, finish = false) => {
              socket.write(text)
              if (finish) socket.end()
            },
            state,
            socket,
          )
        }
      },
      close: (socket) => {
        sockets.delete(socket)
      },
    },
  })
  return {
    port: server.port,
    seen,
    sockets,
    close: () => server.stop(true),
  }
}

/** A response with a length. */
export const plainResponse = (body: string, fields = '') =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
