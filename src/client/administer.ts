import type { JsonObject } from '../core/json-rpc.ts'
import {
  type RuleDraft,
  type RulePreview,
  RulePreviewSchema,
  type RuleUndo,
  type RuleWrite,
  type RuleWritten,
  RuleWrittenSchema,
} from '../core/rule.ts'
import { checked } from './observe.ts'

/** What who may administer the gateway can do to it. */
export type Administering = Readonly<{
  /** `POST /admin/policy/preview`: what a rule written from a call would change. */
  previewRule: (draft: RuleDraft) => Promise<RulePreview>
  /** `POST /admin/policy/rules`: writes the rule of a preview. */
  writeRule: (rule: RuleWrite) => Promise<RuleWritten>
  /** `POST /admin/policy/undo`: takes a written rule back, if nobody changed the file since. */
  undoRule: (undo: RuleUndo) => Promise<RuleWritten>
  /** `DELETE /admin/sessions/{id}`: ends a legacy session, by its id as the snapshot shows it. */
  endSession: (id: string) => Promise<void>
}>

type Ask = (method: 'POST' | 'DELETE', path: string, body?: JsonObject) => Promise<JsonObject>

export const createAdministering = (ask: Ask): Administering => ({
  previewRule: async (draft) =>
    checked(RulePreviewSchema, await ask('POST', '/admin/policy/preview', draft)),
  writeRule: async (rule) =>
    checked(RuleWrittenSchema, await ask('POST', '/admin/policy/rules', rule)),
  undoRule: async (undo) =>
    checked(RuleWrittenSchema, await ask('POST', '/admin/policy/undo', undo)),
  endSession: async (id) => {
    await ask('DELETE', `/admin/sessions/${encodeURIComponent(id)}`)
  },
})
