/** Texts of an event that a filter can look at. `role` and `text` have several, of which one must do. */
export type TextField =
  | 'user'
  | 'role'
  | 'server'
  | 'tool'
  | 'method'
  | 'action'
  | 'rule'
  | 'reason'
  | 'code'
  | 'error'
  | 'ip'
  | 'face'
  | 'era'
  | 'type'
  | 'id'
  | 'text'

export type NumberField = 'seq' | 'duration' | 'status'

/** Words that mean one of a few things; each is a test of its own (predicate.ts, and the record's SQL). */
export type Trait =
  | 'allowed'
  | 'denied'
  | 'pending'
  | 'failed'
  | 'succeeded'
  | 'cancelled'
  | 'refused'
  | 'unknown'
  | 'request'
  | 'notification'
  | 'response'
  | 'event'
  | 'has_error'
  | 'has_parameters'
  | 'has_decision'
  | 'has_user'

/**
 * How a text is compared. `contains` and `glob` (the whole text, `*` is any run of characters) ignore the
 * case of A to Z, `is` ignores nothing, `pattern` is a regular expression in RE2's syntax, ignoring case.
 */
export type TextTest =
  | Readonly<{ how: 'contains' | 'glob' | 'is'; value: string }>
  | Readonly<{ how: 'pattern'; value: string; searches: (text: string) => boolean }>

export type Comparator = '=' | '>' | '>=' | '<' | '<='

/** A moment: so many milliseconds before now, or since the epoch. */
export type Moment = Readonly<{ ago: number } | { at: number }>

export type Leaf =
  | Readonly<{ kind: 'text'; field: TextField; test: TextTest }>
  | Readonly<{ kind: 'number'; field: NumberField; comparator: Comparator; value: number }>
  /** From `low` on and below `high`, as `4xx` means it. */
  | Readonly<{ kind: 'range'; field: NumberField; low: number; high: number }>
  | Readonly<{ kind: 'trait'; trait: Trait }>
  | Readonly<{ kind: 'time'; side: 'since' | 'until'; moment: Moment }>
  /** A value inside the parameters, at a path such as `to.0.name`. */
  | Readonly<{ kind: 'parameter'; path: readonly string[]; test: TextTest }>

/** A filter as a tree; `and` of nothing holds for everything. */
export type FilterTree =
  | Readonly<{ kind: 'and' | 'or'; parts: readonly FilterTree[] }>
  | Readonly<{ kind: 'not'; part: FilterTree }>
  | (Leaf & Readonly<{ source: string }>)

/** What reading a filter borrows from elsewhere. */
export type FilterReading = Readonly<{
  /** The known word nearest to a mistyped one. */
  nearest: (word: string, known: readonly string[]) => string | undefined
  /** Compiles a regular expression that is linear in the text. @throws Error with one sentence */
  compilePattern: (pattern: string) => Readonly<{ searches: (text: string) => boolean }>
}>

/** What is wrong with a filter, and where: `at` characters from its beginning, `length` long. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault'
  readonly at: number
  readonly length: number
  /** The known word nearest to the wrong one. */
  readonly nearest: string | undefined
  constructor(message: string, place: Readonly<{ at: number; length: number }>, nearest?: string) {
    super(nearest === undefined ? message : `${message}; did you mean ${nearest}?`)
    this.at = place.at
    this.length = place.length
    this.nearest = nearest
  }
}
