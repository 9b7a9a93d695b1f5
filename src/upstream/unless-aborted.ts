/** Waits for a promise that others wait for too; leaving does not stop it. */
export const unlessAborted = async <T>(
  promise: Promise<T>,
  signal: AbortSignal,
  refusal: () => Error,
): Promise<T> => {
  if (signal.aborted) {
    // Nobody may be left to hear that it failed, and what nobody hears would end the gateway.
    promise.catch(() => undefined)
    throw refusal()
  }
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(refusal())
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
