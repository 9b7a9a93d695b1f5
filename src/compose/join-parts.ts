import { randomBytes, randomUUID } from 'node:crypto'
import { writeAttachToken } from '../config/attach-token.ts'
import type { Dotenv } from '../config/dotenv.ts'
import type { Settings } from '../config/settings.ts'
import { prepareStateDirectory } from '../config/state-directory.ts'
import type { GatewayEvent } from '../core/events.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { createDemoServer } from '../demo/server.ts'
import { classify } from '../era/classify.ts'
import { createSessions } from '../era/sessions.ts'
import { createAskUpstream } from '../gateway/ask-upstream.ts'
import { createBoundState } from '../gateway/bound-state.ts'
import { createCapture } from '../gateway/capture.ts'
import { createDecide } from '../gateway/decide.ts'
import { createEventBus } from '../gateway/event-bus.ts'
import { createForward } from '../gateway/forward.ts'
import { createFulfil } from '../gateway/fulfil.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createOpenStreams } from '../gateway/open-streams.ts'
import { createTasks } from '../gateway/tasks.ts'
import { createView, type Visibility } from '../gateway/visibility.ts'
import { createApp } from '../http/app.ts'
import type { House, PartState } from '../http/house.ts'
import { createSeal } from '../lib/seal.ts'
import { acquireLock } from '../state/lock.ts'
import { openAdministration } from './administration.ts'
import { createCallers } from './callers.ts'
import { asCannotStart } from './cannot-start.ts'
import { doorOf, publicConfig } from './door.ts'
import { openFederation } from './federation.ts'
import { createIdentity } from './identity.ts'
import { createLive } from './live.ts'
import { noticesOf } from './notices.ts'
import { lookingOnly, openObservatory } from './observatory.ts'
import { openPolicy } from './policy.ts'
import { openRecord } from './record.ts'
import { createServerLogs } from './server-logs.ts'
import { forbids } from './server-requests.ts'
import { openServers } from './servers.ts'
import { lockHolder } from './state-lock.ts'

export type GatewayOptions = Readonly<{
  settings: Settings
  dotenv: Dotenv
  environment: Readonly<Record<string, string | undefined>>
  stateDirectory: string
  version: string
  userId: number | undefined
  onEvent: (event: GatewayEvent) => void
  /** Where JSON lines of the record go; undefined on a terminal. */
  lines: NodeJS.WriteStream | undefined
}>

export type JoinOptions = GatewayOptions &
  Readonly<{
    /** Where a request came from; of those that come from this very program there is no socket to ask. */
    sourceOf: House['sourceOf']
  }>

/** Every part of a gateway, joined, and nobody listening yet. */
export type JoinedGateway = Readonly<{
  app: ReturnType<typeof createApp>
  servers: readonly string[]
  developmentToken: string | undefined
  /** Whether policy came from a file. */
  hasPolicyFile: boolean
  /** Sentences for the operator. */
  notices: readonly string[]
  /** Tells who is shut out of the state directory where this gateway listens. */
  announce: (port: number, url: string) => void
  /** Opens the files of the record anew, after a rotation. */
  reopen: () => void
  /** Ends the live feeds. */
  closeFeeds: () => void
  /** Ends everything, the last that was opened first; twice does no harm. */
  close: () => Promise<void>
}>

const MINUTE = 60_000

/**
 * Settings to a gateway that can answer: the one place that knows every part.
 *
 * @throws SettingsFault, YamlFault, GatewayCannotStart
 */
export const joinParts = async (options: JoinOptions): Promise<JoinedGateway> => {
  const { settings, stateDirectory, version } = options
  const { values } = settings
  const now = Date.now
  const tick = () => performance.now()
  const closing: (() => unknown)[] = []
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }

  try {
    // What the operator wrote is read first: a fault in it must leave no trace.
    const live = createLive(options.onEvent)
    const policy = openPolicy(settings, live.note)
    closing.push(policy.close)
    const seal = createSeal(now)
    const servers = openServers({
      settings,
      dotenv: options.dotenv,
      environment: options.environment,
      upstreams: {
        embedded: () => createDemoServer({ now, random: Math.random, sleep: Bun.sleep }),
        environment: options.environment,
        now: tick,
      },
      bridging: { now, newId: randomUUID, seal, gateway: { name: 'datacline', version } },
      note: live.note,
      learnSecrets: live.learnSecrets,
    })
    closing.push(servers.close)

    prepareStateDirectory(stateDirectory, options.userId)
    const lock = acquireLock(stateDirectory, lockHolder(now()))
    closing.push(lock.release)
    const operatorToken = writeAttachToken(stateDirectory, randomBytes)
    const developmentToken = randomBytes(24).toString('base64url')
    const record = await openRecord({
      settings,
      stateDirectory,
      lines: options.lines,
      publish: live.publish,
      now,
      tick,
    })
    closing.push(record.close)
    const bus = createEventBus({ firstSequence: record.firstSequence })
    const parts = (): Readonly<Record<string, PartState>> => ({
      record: record.status().state === 'up' ? 'ok' : 'down',
      identity: identity.readiness(),
      policy: policy.readiness(),
      servers: servers.readiness(),
    })
    const callers = createCallers()
    const capture = createCapture()
    const observatory = openObservatory({
      version,
      authEnabled: values.authEnabled,
      now,
      tick,
      readiness: parts,
      watchers: bus.watchers,
      policy: () => ({ point: policy.current(), state: policy.state(), path: values.policyFile }),
      servers: servers.list,
      sessions: () => ({ count: sessions.count(), list: sessions.list() }),
      callers,
      capture,
      record,
      history: { path: record.path, runningSince: record.firstSequence },
    })
    closing.push(observatory.close)
    live.connect(record, (event) => {
      observatory.add(event)
      bus.publish(event)
    })
    live.learnSecrets([operatorToken, developmentToken])
    const identity = createIdentity({ values, operatorToken, developmentToken, fetch, now, tick })

    const sessions = createSessions({
      newId: randomUUID,
      now,
      idleTime: 30 * MINUTE,
      limit: 100,
    })
    const askUpstream = createAskUpstream({ name: 'datacline', version })
    const sweeping = setInterval(sessions.sweep, MINUTE)
    closing.push(() => clearInterval(sweeping), sessions.close)

    const tasks = createTasks()
    const states = createBoundState(seal)
    const visibility: Visibility = {
      mayList: (...asked) => policy.current().mayList(...asked),
      mayUseServer: (...asked) => policy.current().mayUseServer(...asked),
      mayUse: (...asked) => policy.current().mayUse(...asked),
      permits: (...asked) => federation.permits(...asked),
      isVirtual: (server) => federation.isFace(server),
    }
    const viewOf = (principal: Principal, server: string) =>
      createView(visibility, tasks, principal, server)
    const fulfil = createFulfil(visibility, tasks)
    const federation = openFederation({
      servers,
      policy: policy.current,
      askUpstream,
      fulfil,
      tasks,
      seal,
      gateway: { name: 'datacline', version },
      announce: record.announce,
    })
    closing.push(federation.close)
    servers.onChange(federation.changed)
    policy.onChange(federation.changed)
    const streams = createOpenStreams({
      permits: visibility.permits,
      viewOf: (...asked) => (federation.isFace(asked[1]) ? undefined : viewOf(...asked)),
    })
    policy.onChange(streams.policyChanged)

    const serverLogs = createServerLogs({ logOf: servers.log, redact: record.redact })
    servers.onChange(serverLogs.changed)
    const administered = { settings, policy, callers, sessions, observatory, live, record, now }
    const administration = openAdministration(administered)
    const gateway = createGateway({
      authenticate: callers.remembering(identity.authenticate),
      ...lookingOnly(record, observatory.seen),
      recognise: (...asked) => states.open(asked[0], tasks.recognise(...asked)),
      decide: createDecide(federation.decide),
      locate: (principal, operation) => {
        if (operation.scope !== 'gateway') federation.locate(operation)
        tasks.assertKnown(principal, operation)
      },
      forward: createForward({
        upstream: federation.upstream,
        sessions,
        askUpstream,
        viewOf,
        forbids: (principal, server, action) =>
          forbids(policy.current(), principal, server, action),
        listServers: servers.describe,
        serverLog: serverLogs.read,
        followLog: serverLogs.follow,
        watch: bus.watch,
        observe: (asked, incoming, principal) =>
          observatory.observe(asked, incoming, principal) ?? administration(asked, principal),
      }),
      fulfil: (permit, reply, ...asked) =>
        streams.hold(states.close(fulfil(permit, reply, ...asked), ...asked), ...asked),
      // Ordered by time, so that the record's index grows at its end instead of everywhere.
      newId: () => Bun.randomUUIDv7(),
      now,
      tick,
    })

    const app = createApp({
      gateway: capture.around(gateway),
      door: doorOf(values),
      classify,
      interpret: federation.interpret,
      versionOf: (principal, server, id) =>
        sessions.find(id, principalId(principal), server).version,
      challenger: identity.challenger,
      resourceMetadata: identity.resourceMetadata,
      readiness: parts,
      config: publicConfig(settings),
      sourceOf: options.sourceOf,
      database: 'sqlite',
      version,
      now,
    })
    closing.push(bus.close)
    return {
      app,
      servers: servers.names(),
      developmentToken: identity.developmentToken,
      hasPolicyFile: policy.state().state !== 'missing',
      notices: noticesOf(options, servers, policy),
      announce: (port, url) => lock.announce({ ...lockHolder(now()), port, url }),
      reopen: record.reopen,
      closeFeeds: () => {
        bus.close()
        serverLogs.close()
        streams.close()
      },
      close: closeAll,
    }
  } catch (cause) {
    await closeAll()
    throw asCannotStart(cause)
  }
}
