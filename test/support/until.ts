/** Longer than anything takes on a busy machine, and shorter than a test may take. */
const PATIENCE = 20_000

/**
 * Asks again and again until the answer is as wanted, and gives it: for what the other side is about to
 * do, however long that takes.
 *
 * @param holds whether the answer is the one that is waited for; unless told, whether it is true
 * @throws Error with the complaint and the last answer, when it never is
 */
export const until = async <Answer>(
  ask: () => Answer | Promise<Answer>,
  holds: (answer: Answer) => boolean = Boolean,
  complaint = 'It never came true',
): Promise<Answer> => {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
    if (performance.now() > deadline) throw new Error(`${complaint}: ${JSON.stringify(answer)}`)
    await Bun.sleep(5)
  }
}
