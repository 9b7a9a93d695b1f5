import { nameCondition } from '../condition.ts'

/** A policy role that the principal holds, by whatever mapping, built-in roles included. */
export const role = nameCondition('role')
