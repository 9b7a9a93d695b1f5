import type { GatewayEvent } from '../core/events.ts'
import type { JsonObject } from '../core/json-rpc.ts'

/** What events can be grouped by. */
export const GROUPS = {
  user: ({ user }) => user,
  server: ({ mcp_server }) => mcp_server,
  tool: ({ tool_name }) => tool_name,
  method: ({ method }) => method,
  action: ({ action }) => action,
  status: ({ status }) => status,
  rule: ({ decision }) => decision?.rule,
  code: ({ code }) => code,
  face: ({ face }) => face,
  era: ({ era }) => era,
  hour: ({ timestamp }) => `${timestamp.slice(0, 13)}:00Z`,
  day: ({ timestamp }) => timestamp.slice(0, 10),
} as const satisfies Readonly<Record<string, (event: GatewayEvent) => string | undefined>>

/** What can be told of a group; `durations` are sorted milliseconds. */
export const AGGREGATES = {
  count: (count) => count,
  p50: (_count, durations) => percentile(durations, 0.5),
  p95: (_count, durations) => percentile(durations, 0.95),
  p99: (_count, durations) => percentile(durations, 0.99),
  max: (_count, durations) => durations.at(-1) ?? null,
} as const satisfies Readonly<
  Record<string, (count: number, durations: readonly number[]) => number | null>
>

/** One object a value of the field, the largest group first; events without a value are one of their own. */
export const groupEvents = async (
  events: AsyncIterable<GatewayEvent>,
  field: string,
  aggregates: readonly string[],
): Promise<readonly JsonObject[]> => {
  const groupOf = GROUPS[field as keyof typeof GROUPS]
  const groups = new Map<string, { count: number; durations: number[] }>()
  for await (const event of events) {
    const value = groupOf(event) ?? ''
    const group = groups.get(value) ?? { count: 0, durations: [] }
    groups.set(value, group)
    group.count++
    if (event.duration_ms !== undefined) group.durations.push(event.duration_ms)
  }
  const names = aggregates.length === 0 ? ['count'] : [...new Set(aggregates)]
  return [...groups]
    .sort(([, one], [, other]) => other.count - one.count)
    .map(([value, { count, durations }]) => {
      const sorted = durations.toSorted((one, other) => one - other)
      const told = names.map((name) => [
        name,
        AGGREGATES[name as keyof typeof AGGREGATES](count, sorted),
      ])
      return { [field]: value, ...Object.fromEntries(told) }
    })
}

/** The nearest rank; null of nothing. */
const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
