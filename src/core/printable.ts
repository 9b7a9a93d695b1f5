/**
 * C0 and C1 controls, bidirectional marks, zero-width and tag characters: what could move a cursor,
 * turn text around or hide in it (Unicode TR36 §3). And more than two marks on one letter, which climb
 * out of their line.
 */
export const HARMFUL: RegExp =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|(?<=[\p{Mn}\p{Me}]{2})[\p{Mn}\p{Me}]/gu

/** Text from elsewhere made harmless for a terminal: each harmful character shows as `\u{…}`. */
export const printable = (text: string): string =>
  text.replace(HARMFUL, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`)
