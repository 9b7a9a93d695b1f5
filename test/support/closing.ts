/**
 * What tests open and must not leave behind: push how to close it. The last that was opened is closed
 * first.
 *
 * @param after when that is: `afterEach` or `afterAll` of the file that asks
 */
export const closedAfter = (
  after: (close: () => Promise<void>, timeout?: number) => void,
  timeout?: number,
): (() => unknown)[] => {
  const closing: (() => unknown)[] = []
  after(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }, timeout)
  return closing
}
