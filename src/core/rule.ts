import { type Static, Type as t } from '@sinclair/typebox'

const closed = { additionalProperties: false } as const
const Effect = t.Union([t.Literal('allow'), t.Literal('deny')])
/** SHA-256 of the policy file that was seen; another is refused. */
const Seen = t.String({ minLength: 1, maxLength: 64 })

const drafted = {
  /** Sequence number of the call that the rule is about. */
  event: t.Integer({ minimum: 1 }),
  effect: Effect,
  /** One of the ids that a preview gives; the narrowest unless told. */
  scope: t.Optional(t.String({ minLength: 1, maxLength: 512 })),
}

/** `POST /admin/policy/preview`: what a rule written from a call would change. Nothing is written. */
export const RuleDraftSchema = t.Object(drafted, closed)
/** `POST /admin/policy/rules`: the rule of a preview is written. */
export const RuleWriteSchema = t.Object({ ...drafted, expect: Seen }, closed)
/** `POST /admin/policy/undo`: the text before the rule comes back. */
export const RuleUndoSchema = t.Object({ expect: Seen }, closed)

export const RulePreviewSchema = t.Object({
  /** For whom and what the rule may be, the narrowest first. */
  scopes: t.Array(t.Object({ id: t.String(), text: t.String() })),
  scope: t.String(),
  effect: Effect,
  name: t.String(),
  /** Where it would stand. */
  at: t.String(),
  file: t.String(),
  /** SHA-256 of the file as it is. */
  hash: t.String(),
  diff: t.Array(
    t.Object({
      sign: t.Union([t.Literal(' '), t.Literal('-'), t.Literal('+')]),
      text: t.String(),
    }),
  ),
  /** Recorded calls that were decided again under both policies, and how many would change. */
  calls: t.Integer(),
  to_permit: t.Integer(),
  to_deny: t.Integer(),
  /** Whether the call itself would then be decided as the rule says. */
  effective: t.Boolean(),
})

/** What was written, or taken back. */
export const RuleWrittenSchema = t.Object({
  name: t.String(),
  at: t.String(),
  file: t.String(),
  /** SHA-256 of the file as it is now: what an undo expects. */
  hash: t.String(),
})

export type RuleDraft = Static<typeof RuleDraftSchema>
export type RuleWrite = Static<typeof RuleWriteSchema>
export type RuleUndo = Static<typeof RuleUndoSchema>
export type RulePreview = Static<typeof RulePreviewSchema>
export type RuleWritten = Static<typeof RuleWrittenSchema>
