import type { AuditEvent } from '../core/events.ts'

// C0 (but what JSON escapes anyway), C1, line and paragraph separators, the marks that turn the
// direction of text, and invisible characters: a line must look like what it is, in any viewer.
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** One event as one line of JSON without its end of line (jsonlines.org). */
export const toLine = (event: AuditEvent): string => JSON.stringify(event).replace(UNSAFE, escaped)
