/** How a stream was over: read to its end, broken by its source, or left by its reader. */
export type StreamEnd = Readonly<{ how: 'read' | 'left' } | { how: 'broken'; cause: unknown }>

/** Who looks at a stream on its way. */
export type StreamWatch<Value> = Readonly<{
  /** Sees each value before the reader has it. */
  each?: (value: Value) => void
  /** Is told once, however it ends; when it throws, the stream breaks, and it is told that. */
  ended: (end: StreamEnd) => void
}>

/** The same stream, watched. Nothing is read ahead: back-pressure passes through, and so does leaving. */
export const watchStream = <Value>(
  stream: ReadableStream<Value>,
  { each, ended }: StreamWatch<Value>,
): ReadableStream<Value> => {
  const reader = stream.getReader()
  let open = true
  const end = (how: StreamEnd) => {
    if (open) ended(how)
    open = false
  }
  return new ReadableStream<Value>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            end({ how: 'read' })
            return controller.close()
          }
          each?.(value)
          controller.enqueue(value)
        } catch (cause) {
          end({ how: 'broken', cause })
          controller.error(cause)
        }
      },
      cancel(reason) {
        end({ how: 'left' })
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
