import type { Reply } from '../core/conversation.ts'
import { InvalidParams } from '../core/errors.ts'
import { type JsonObject, resultText } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../core/protocol.ts'
import { degraded } from './ask-each.ts'
import type { Member } from './face.ts'
import type { FanOut, SendTo } from './fan-out.ts'
import { helloOf } from './hello.ts'
import { listen } from './listen.ts'
import {
  cursorOf,
  cursorsAfter,
  lifetimeOf,
  listedKind,
  mergeListing,
  pageOf,
  toPart,
} from './listing.ts'
import { openCursors, sealCursors } from './sealed.ts'
import type { Asking, Setting } from './setting.ts'
import { federatedTask, showsTask } from './tasks.ts'

type Act = (asking: Asking) => Promise<Reply>

/** How a face answers what is asked of all its servers, by method. */
export const createWhole = (
  setting: Setting,
  fanOut: FanOut,
  sendTo: SendTo,
): Readonly<Record<string, Act>> => {
  const { parts, directory, lines } = setting
  const { era } = lines

  const single = ({ message }: Asking, result: JsonObject): Reply => ({
    kind: 'single',
    text: resultText(message.idText ?? 'null', result),
  })
  /** MCP 2026-07-28: every result says what it is, and of whom. */
  const ending = (all: Parameters<typeof degraded>[0], lifetime: number): JsonObject => {
    const meta = {
      ...degraded(all),
      ...(era === 'modern' && { [META.serverInfo]: parts.gateway }),
    }
    return {
      ...(era === 'modern' && { resultType: 'complete', ttlMs: lifetime, cacheScope: 'private' }),
      ...(Object.keys(meta).length > 0 && { _meta: meta }),
    }
  }

  const initialize: Act = async (asking) => {
    const { message, face } = asking
    lines.introduce(message)
    const all = await fanOut(asking, async (server, options) => ({
      kind: 'single',
      text: await lines.hello(server, options),
    }))
    const wanted = message.params?.protocolVersion
    const protocolVersion = LEGACY_VERSIONS.find((each) => each === wanted) ?? LEGACY_VERSIONS[0]
    const hello = { ...helloOf(face, all), serverInfo: parts.gateway }
    return single(asking, { protocolVersion, ...hello, ...ending(all, 0) })
  }

  const discover: Act = async (asking) => {
    const { message, face } = asking
    const all = await fanOut(asking, (server, options) => sendTo(server, message, options))
    const hello = { supportedVersions: MODERN_VERSIONS, ...helloOf(face, all) }
    const lifetime = lifetimeOf(all.map((told) => pageOf(message.method ?? '', told)))
    return single(asking, { ...hello, ...ending(all, lifetime) })
  }

  /** How the face calls an entry of one server's listing; undefined for what it does not show. */
  const renaming = (method: string, { face, principal }: Asking) => {
    const members = new Map(face.members.map((member) => [member.server, member]))
    const kind = listedKind(method)
    const spell = (member: Member, name: string) => {
      const { server } = member
      if (kind === undefined) {
        return showsTask(parts, member, principal, name) ? federatedTask(server, name) : undefined
      }
      return member.shows(kind, name) ? directory.nameOf(kind, { server, name }) : undefined
    }
    return (server: string, name: string) => {
      const member = members.get(server)
      return member && spell(member, name)
    }
  }

  const list: Act = async (asking) => {
    const { message, owner, face } = asking
    const binding = { owner, face: face.name }
    const method = message.method ?? ''
    const cursor = cursorOf(message)
    const from = cursor === undefined ? undefined : openCursors(parts.seal, binding, method, cursor)
    if (cursor !== undefined && from === undefined) throw new InvalidParams('Invalid cursor')
    const rest = from && {
      ...face,
      members: face.members.filter(({ server }) => Object.hasOwn(from, server)),
    }
    const all = await fanOut({ ...asking, face: rest ?? face }, (server, options) =>
      sendTo(server, toPart(message, from?.[server]), options),
    )
    const pages = all.map((told) => pageOf(method, told))
    const cursors = cursorsAfter(pages)
    const nextCursor = cursors && sealCursors(parts.seal, binding, method, cursors)
    const end = { ...(nextCursor && { nextCursor }), ...ending(all, lifetimeOf(pages)) }
    const entries = mergeListing(method, pages, renaming(method, asking))
    // Put together as text, so that the entries stay as they came.
    const members = [
      `${JSON.stringify(methodRow(method)?.listing?.member)}:${entries}`,
      ...Object.entries(end).map(([name, value]) => `"${name}":${JSON.stringify(value)}`),
    ]
    const text = `{"jsonrpc":"2.0","id":${message.idText ?? 'null'},"result":{${members.join(',')}}}`
    return { kind: 'single', text }
  }

  const setLevel: Act = async (asking) => {
    lines.atOpening(asking.message)
    await fanOut(asking, (server, options) => sendTo(server, asking.message, options))
    return single(asking, {})
  }

  return {
    initialize,
    'server/discover': discover,
    ping: async (asking) => single(asking, {}),
    'logging/setLevel': setLevel,
    'tools/list': list,
    'prompts/list': list,
    'resources/list': list,
    'resources/templates/list': list,
    'tasks/list': list,
    'subscriptions/listen': (asking) => listen(setting, asking),
  }
}
