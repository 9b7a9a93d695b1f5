import { type Static, type TProperties, type TSchema, Type as t } from '@sinclair/typebox'
import { type ConditionName, conditions } from './conditions/index.ts'

const closed = { additionalProperties: false } as const
const words = (errorMessage: string) => t.Array(t.String({ minLength: 1 }), { errorMessage })
const mapping = () => t.Record(t.String(), words('a list of roles such as [developer]'))

const Permission = t.Object(
  {
    resource: t.String({ minLength: 1 }),
    actions: words('a list of actions such as [invoke_tool] or ["*"]'),
  },
  closed,
)

const Role = t.Object(
  { description: t.Optional(t.String()), permissions: t.Optional(t.Array(Permission)) },
  closed,
)

const Effect = t.Union([t.Literal('allow'), t.Literal('deny')])

const schemaOf = <Condition extends TSchema, Action extends TSchema, Later extends TProperties>(
  condition: Condition,
  action: Action,
  later: Later,
) =>
  t.Object(
    {
      version: t.Optional(t.Union([t.String(), t.Number()])),
      policy_id: t.Optional(t.String()),
      name: t.Optional(t.String()),
      description: t.Optional(t.String()),
      metadata: t.Optional(t.Unknown()),
      roles: t.Optional(t.Record(t.String(), Role)),
      user_roles: t.Optional(mapping()),
      group_roles: t.Optional(mapping()),
      realm_roles: t.Optional(mapping()),
      rules: t.Optional(
        t.Array(
          t.Object(
            {
              name: t.Optional(t.String({ minLength: 1 })),
              description: t.Optional(t.String()),
              condition: t.Optional(condition),
              action,
              priority: t.Optional(t.Number()),
              metadata: t.Optional(t.Unknown()),
              ...later,
            },
            closed,
          ),
        ),
      ),
      default_policy: t.Optional(Effect),
    },
    closed,
  )

const conditionNames = Object.keys(conditions) as ConditionName[]

/** The `condition` of a rule: the keys of the registry and no others, at least one of them. */
export const ConditionSchema = t.Object(
  Object.fromEntries(conditionNames.map((name) => [name, t.Optional(conditions[name].schema)])),
  { ...closed, minProperties: 1 },
)

/** JSON Schema of policy.yaml, for editors. */
export const PolicySchema = schemaOf(ConditionSchema, t.Optional(Effect), {})

/**
 * As `PolicySchema`, but conditions and actions of rules are left open: what is wrong with them deserves
 * a sentence that says why, which the loader writes.
 */
export const LooseSchema = schemaOf(t.Record(t.String(), t.Unknown()), t.Optional(t.String()), {
  shadow: t.Optional(t.Unknown()),
})

export type PolicyText = Static<typeof LooseSchema>

const { roles, user_roles, group_roles, realm_roles, rules, ...rest } = LooseSchema.properties

/** The file before its parts are looked at, each by itself. */
export const OutlineSchema = t.Object(
  {
    ...rest,
    ...Object.fromEntries(
      Object.keys({ roles, user_roles, group_roles, realm_roles }).map((key) => [
        key,
        t.Optional(t.Record(t.String(), t.Unknown())),
      ]),
    ),
    rules: t.Optional(t.Array(t.Unknown())),
    default_policy: t.Optional(t.Unknown()),
  },
  closed,
)

/** One role, one permission of it, one entry of a mapping, one rule, and what is done where none speaks. */
export const PARTS = {
  role: t.Object({ ...Role.properties, permissions: t.Optional(t.Array(t.Unknown())) }, closed),
  permission: Permission,
  mapped: words('a list of roles such as [developer]'),
  rule: rules.items,
  effect: Effect,
} as const
