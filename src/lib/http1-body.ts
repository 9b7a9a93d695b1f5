import { Http1Error } from './http1-error.ts'

/** The body of a response, pulled piece by piece; what is not pulled holds the peer back. */
export type Http1Body = Readonly<{
  /** The next piece; undefined at the end. @throws Http1Error when the response breaks off */
  read: () => Promise<Uint8Array | undefined>
  /** Gives the rest up; the connection is closed unless the whole body had come. */
  cancel: () => void
}>

export type BodyQueue = Readonly<{
  push: (bytes: Uint8Array) => void
  end: () => void
  fail: (cause: Error) => void
  body: Http1Body
}>

const HIGH_WATER = 256 * 1024

/** Queues what the socket delivers; asks it to pause when more than 256 KiB wait. */
export const createBodyQueue = (
  flow: Readonly<{ pause: () => void; resume: () => void; cancel: () => void }>,
): BodyQueue => {
  const pieces: Uint8Array[] = []
  let queued = 0
  let ended = false
  let fault: Error | undefined
  let reader: PromiseWithResolvers<Uint8Array | undefined> | undefined

  const settle = () => {
    const waiting = reader
    if (waiting === undefined) return
    reader = undefined
    if (fault === undefined) waiting.resolve(undefined)
    else waiting.reject(fault)
  }
  const take = (): Uint8Array | undefined => {
    const piece = pieces.shift()
    if (piece === undefined) return undefined
    const flows = !ended && queued > HIGH_WATER
    if (flows && queued - piece.length <= HIGH_WATER) flow.resume()
    queued -= piece.length
    return piece
  }

  return {
    push: (bytes) => {
      if (ended || fault !== undefined) return
      if (reader !== undefined) {
        const waiting = reader
        reader = undefined
        return waiting.resolve(bytes)
      }
      pieces.push(bytes)
      if (queued <= HIGH_WATER && queued + bytes.length > HIGH_WATER) flow.pause()
      queued += bytes.length
    },
    end: () => {
      ended = true
      // From here on the connection is the next response's.
      if (queued > HIGH_WATER) flow.resume()
      settle()
    },
    fail: (cause) => {
      if (ended || fault !== undefined) return
      fault = cause
      settle()
    },
    body: {
      read: async () => {
        const piece = take()
        if (piece !== undefined) return piece
        if (fault !== undefined) throw fault
        if (ended) return undefined
        reader = Promise.withResolvers()
        return reader.promise
      },
      cancel: () => {
        pieces.length = 0
        if (!ended) flow.cancel()
        ended = true
        settle()
      },
    },
  }
}

/**
 * The whole body.
 *
 * @param onPiece told of every piece that comes, as a sign of life
 * @throws Http1Error `too_large` beyond `maxBytes`, after giving the rest up
 */
export const readBody = async (
  body: Http1Body,
  maxBytes: number,
  onPiece?: () => void,
): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  let size = 0
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
    size += piece.length
    onPiece?.()
    if (size > maxBytes) {
      body.cancel()
      throw new Http1Error('too_large', `The body is larger than ${maxBytes} bytes`)
    }
    pieces.push(piece)
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
}
