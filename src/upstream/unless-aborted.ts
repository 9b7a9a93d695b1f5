/** Waits for a promise that others wait for too; leaving does not stop it. */
export const unlessAborted = async <T>(
  promise: Promise<T>,
  signal: AbortSignal,
  refusal: () => Error,
): Promise<T> => {
  if (signal.aborted) throw refusal()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(refusal())
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
