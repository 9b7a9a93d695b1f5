/** How it went, step by step and as a whole: of the gateway's own count, or of the calls at hand. */
export type Course = Readonly<{
  steps: readonly Readonly<{ calls: number; denied: number; failed: number; p95: number }>[]
  total: Readonly<{
    calls: number
    denied: number
    failed: number
    p50: number | undefined
    p95: number | undefined
    p99: number | undefined
  }>
  /** Milliseconds of it that were seen at all. */
  covered: number
}>

type Ranking = readonly (readonly [string, number])[]

/** What takes long to count, for there are many calls: counted once a second and not at each frame. */
export type Figures = Readonly<{
  quarter: Course
  /** Of the range, as far as the calls at hand tell. */
  ranged: Course
  /** Calls at hand in the range. */
  calls: number
  tools: Ranking
  callers: Ranking
  denials: Ranking
  failures: Ranking
}>
