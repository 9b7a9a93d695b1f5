import type { Conversation } from '../../core/conversation.ts'
import type { Era } from '../../core/protocol.ts'
import { speaksEra } from '../era.ts'

/** True, false, or why it cannot be told. */
type Finding = boolean | Error

/**
 * Which eras a server speaks over a two-way connection. Both questions are asked at once, each in a
 * connection of its own, because some legacy servers end on the first request that they do not know.
 * Once one era is established the other gets `grace` milliseconds more; silence is a no.
 *
 * @throws what the legacy question threw, when neither era could be established
 */
export const probeDuplex = async (
  connect: (era: Era) => Promise<Conversation>,
  grace: number,
): Promise<readonly Era[]> => {
  const controller = new AbortController()
  const ask = async (era: Era): Promise<Finding> => {
    try {
      return await speaksEra(era, await connect(era), controller.signal)
    } catch (cause) {
      return cause instanceof Error ? cause : new Error(String(cause))
    }
  }
  const asked: Record<Era, Promise<Finding>> = { modern: ask('modern'), legacy: ask('legacy') }
  const either = (['modern', 'legacy'] as const).map(async (era) => {
    if ((await asked[era]) !== true) throw new Error('not this one')
  })
  const settled = Promise.all([asked.modern, asked.legacy])
  await Promise.race([Promise.any(either).catch(() => undefined), settled])
  const timer = setTimeout(() => controller.abort(), grace)
  const [modern, legacy] = await settled.finally(() => clearTimeout(timer))
  const eras: Era[] = [
    ...(modern === true ? (['modern'] as const) : []),
    ...(legacy === true ? (['legacy'] as const) : []),
  ]
  if (eras.length === 0 && legacy instanceof Error) throw legacy
  return eras
}
