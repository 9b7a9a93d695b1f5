import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Makes text that only its maker can read and nobody can change (AES-256-GCM, NIST SP 800-38D). */
export type Seal = Readonly<{
  /**
   * @param purpose what the value is for, with all it is bound to; needed again to open it
   * @param lifetime milliseconds
   * @returns base64url text
   */
  close: (purpose: string, value: unknown, lifetime: number) => string
  /** The value; undefined when it was changed, is for something else, or is too old. */
  open: (purpose: string, sealed: string) => unknown
}>

const NONCE = 12
const TAG = 16

/**
 * A seal with a key of its own, which ends with the process: what it sealed cannot be opened after.
 *
 * @param now milliseconds
 */
export const createSeal = (now: () => number): Seal => {
  const key = randomBytes(32)
  return {
    close(purpose, value, lifetime) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const text = JSON.stringify([now() + lifetime, value])
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length <= NONCE + TAG) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE))
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
      const text = decrypted(decipher, bytes.subarray(NONCE + TAG))
      if (text === undefined) return undefined
      const [expiresAt, value]: [number, unknown] = JSON.parse(text)
      return now() < expiresAt ? value : undefined
    },
  }
}

const decrypted = (
  decipher: ReturnType<typeof createDecipheriv>,
  body: Buffer,
): string | undefined => {
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
