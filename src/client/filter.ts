import { type Filter, parseFilter as parse } from '../core/filter.ts'
import { compilePattern } from '../lib/linear-pattern.ts'
import { nearest } from '../lib/nearest.ts'

/**
 * Reads a filter of the grammar in core/filter.ts.
 *
 * @param now milliseconds since the epoch
 * @throws FilterFault with the place of the fault
 */
export const parseFilter = (text: string, now: () => number): Filter =>
  parse(text, now, { nearest, compilePattern })
