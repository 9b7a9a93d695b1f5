import { InvalidParams } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { RPC } from '../../../core/protocol.ts'
import { refuseQuestion, toInputRequest, withoutAnswer } from '../../translate/input-request.ts'
import type { Received } from './received.ts'

/** Questions of one call that wait at the same time. */
const MOST = 64

type Question = Readonly<{ received: Received; askedAt: number }>

/** What a server has asked during one call and waits to be answered. */
export type Questions = Readonly<{
  /** The JSON-RPC error for a question that cannot be put to the client; undefined when it can. */
  refuse: (
    received: Received,
    capabilities: JsonObject,
    interactive: boolean,
  ) => JsonObject | undefined
  add: (received: Received, now: number) => void
  /** The server does not want to know any more. */
  withdraw: (id: unknown) => void
  isEmpty: () => boolean
  /** When the oldest was asked; infinitely late when there is none. */
  oldest: () => number
  /** All of them, as a modern result asks them. */
  inputRequests: () => JsonObject
  /** Takes out those that were answered: the server's id, and the client's result for it. */
  take: (responses: JsonObject) => readonly Readonly<{ id: unknown; result: unknown }>[]
  /** Takes out all of them, with what the server hears instead of an answer. */
  giveUp: () => readonly Readonly<{ id: unknown; ending: JsonObject }>[]
}>

/** @param newId gives the unguessable keys that the client answers under */
export const createQuestions = (newId: () => string): Questions => {
  const asked = new Map<string, Question>()
  return {
    refuse: ({ method, params }, capabilities, interactive) => {
      if (!interactive) return refusal('The client of this request cannot be asked')
      if (asked.size >= MOST) return refusal(`More than ${MOST} questions wait to be answered`)
      return refuseQuestion(method, params, capabilities)
    },
    add: (received, askedAt) => void asked.set(newId(), { received, askedAt }),
    withdraw: (id) => {
      const text = JSON.stringify(id)
      for (const [key, { received }] of asked) {
        if (JSON.stringify(received.id) === text) asked.delete(key)
      }
    },
    isEmpty: () => asked.size === 0,
    oldest: () => Math.min(...[...asked.values()].map(({ askedAt }) => askedAt)),
    inputRequests: () =>
      Object.fromEntries(
        [...asked].map(([key, { received }]) => [
          key,
          toInputRequest(received.method, received.value.params),
        ]),
      ),
    take: (responses) =>
      [...asked]
        .filter(([key]) => Object.hasOwn(responses, key))
        .map(([key, { received }]) => {
          asked.delete(key)
          return { id: received.id, result: responses[key] }
        }),
    giveUp: () => {
      const all = [...asked.values()].map(({ received }) => ({
        id: received.id,
        ending: withoutAnswer(received.method),
      }))
      asked.clear()
      return all
    },
  }
}

const refusal = (message: string): JsonObject => ({ code: RPC.internalError, message })

/** The answers of a retry (MCP 2026-07-28, MRTR). @throws InvalidParams */
export const readResponses = (given: unknown): JsonObject => {
  if (given === undefined) return {}
  if (!isObject(given)) throw new InvalidParams('inputResponses must be an object')
  for (const [key, response] of Object.entries(given)) {
    if (!isObject(response)) throw new InvalidParams(`inputResponses.${key} must be an object`)
  }
  return given
}
