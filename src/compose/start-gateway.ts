import { randomBytes, randomUUID } from 'node:crypto'
import { writeAttachToken } from '../config/attach-token.ts'
import type { Dotenv } from '../config/dotenv.ts'
import { holdsSecrets, permissionWarnings } from '../config/permissions.ts'
import type { Settings } from '../config/settings.ts'
import { prepareStateDirectory } from '../config/state-directory.ts'
import type { GatewayEvent } from '../core/events.ts'
import { createDemoServer } from '../demo/server.ts'
import { classify } from '../era/classify.ts'
import { createSessions } from '../era/sessions.ts'
import { createEventBus, type EventBus } from '../gateway/event-bus.ts'
import { createForward } from '../gateway/forward.ts'
import { createFulfil } from '../gateway/fulfil.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createOwnConversations } from '../gateway/own-conversations.ts'
import { createApp } from '../http/app.ts'
import type { PartState } from '../http/house.ts'
import { PolicyUnsound } from '../policy/self-test.ts'
import { DatabaseTooNew } from '../state/database.ts'
import { acquireLock, StateLocked } from '../state/lock.ts'
import { doorOf, publicConfig } from './door.ts'
import { createIdentity } from './identity.ts'
import { type Note, openPolicy } from './policy.ts'
import { type OpenRecord, openRecord } from './record.ts'
import { forbids } from './server-requests.ts'
import { openServers } from './servers.ts'

/** The port or the state directory is taken, or the record cannot be opened: exit code 3. */
export class GatewayCannotStart extends Error {
  override readonly name = 'GatewayCannotStart'
}

export type GatewayOptions = Readonly<{
  settings: Settings
  dotenv: Dotenv
  environment: Readonly<Record<string, string | undefined>>
  stateDirectory: string
  version: string
  userId: number | undefined
  /** Sentences for the operator. */
  notice: (sentence: string) => void
  onEvent: (event: GatewayEvent) => void
  /** Where JSON lines of the record go; undefined on a terminal. */
  lines: NodeJS.WriteStream | undefined
}>

export type RunningGateway = Readonly<{
  url: string
  servers: readonly string[]
  developmentToken: string | undefined
  /** Opens the files of the record anew, after a rotation. */
  reopen: () => void
  /** Takes no new calls, lets those in flight finish for a while, then ends everything. */
  stop: () => Promise<void>
  /** Ends at once what `stop` still waits for. */
  abandon: () => void
}>

const MINUTE = 60_000
/** Milliseconds that calls in flight get to finish. */
const DRAIN = 10_000

/**
 * Settings to a listening gateway: the one place that knows every part.
 *
 * @throws SettingsFault, YamlFault, GatewayCannotStart
 */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  const { settings, stateDirectory, version, notice } = options
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
    const servers = openServers({
      settings,
      dotenv: options.dotenv,
      environment: options.environment,
      upstreams: {
        embedded: () => createDemoServer({ now, random: Math.random, sleep: Bun.sleep }),
        environment: options.environment,
        now: tick,
      },
      note: live.note,
      learnSecrets: live.learnSecrets,
    })
    closing.push(servers.close)

    prepareStateDirectory(stateDirectory, options.userId)
    const lock = acquireLock(stateDirectory, holder(now()))
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
    live.connect(record, bus)
    live.learnSecrets([operatorToken, developmentToken])
    const identity = createIdentity({ values, operatorToken, developmentToken, fetch, now, tick })

    const idle = { now, idleTime: 30 * MINUTE }
    const sessions = createSessions({ ...idle, newId: randomUUID, limit: 100 })
    const own = createOwnConversations({ ...idle, client: { name: 'datacline', version } })
    const sweeping = setInterval(() => {
      sessions.sweep()
      own.sweep()
    }, MINUTE)
    closing.push(() => clearInterval(sweeping), sessions.close, own.close)

    const gateway = createGateway({
      authenticate: identity.authenticate,
      decide: (principal, operation) => policy.current().decide(principal, operation),
      locate: ({ scope, resource }) => {
        if (scope !== 'gateway') servers.upstream(resource.server)
      },
      admit: record.admit,
      forward: createForward({
        upstream: servers.upstream,
        sessions,
        own,
        forbids: (principal, server, action) =>
          forbids(policy.current(), principal, server, action),
        listServers: servers.describe,
        watch: bus.watch,
      }),
      fulfil: createFulfil({
        mayList: (...asked) => policy.current().mayList(...asked),
        mayUseServer: (...asked) => policy.current().mayUseServer(...asked),
      }),
      settle: record.settle,
      newId: randomUUID,
      now,
      tick,
    })

    const app = createApp({
      gateway,
      door: doorOf(values),
      classify,
      challenger: identity.challenger,
      resourceMetadata: identity.resourceMetadata,
      readiness: (): Readonly<Record<string, PartState>> => ({
        record: record.status().state === 'up' ? 'ok' : 'down',
        identity: identity.readiness(),
        policy: policy.readiness(),
        servers: servers.readiness(),
      }),
      config: publicConfig(settings),
      database: 'sqlite',
      version,
      now,
    })
    const port = listen(app, values.host, values.port)
    closing.push(() => app.server?.stop(true), bus.close)
    lock.announce(holder(now(), port))

    for (const sentence of [
      ...settings.notices,
      ...servers.notices,
      ...(policy.notice === undefined ? [] : [policy.notice]),
      ...permissionWarnings(
        [
          { path: values.policyFile, secret: false },
          { path: values.mcpServersConfig, secret: false },
          { path: `${settings.directory}/.env`, secret: holdsSecrets(options.dotenv) },
        ],
        settings.directory,
        options.userId,
      ),
    ]) {
      notice(sentence)
    }
    if (values.noAuthNetwork) {
      const warning = setInterval(() => notice(OPEN_WARNING), MINUTE)
      closing.push(() => clearInterval(warning))
      notice(OPEN_WARNING)
    }

    let abandon = () => {}
    const abandoned = new Promise<void>((resolve) => {
      abandon = resolve
    })
    return {
      url: `http://${urlHost(values.host)}:${port}`,
      servers: servers.names(),
      developmentToken: identity.developmentToken,
      reopen: record.reopen,
      abandon: () => abandon(),
      async stop() {
        bus.close()
        await Promise.race([app.server?.stop(), Bun.sleep(DRAIN), abandoned])
        await closeAll()
      },
    }
  } catch (cause) {
    await closeAll()
    throw cannotStart(cause)
  }
}

/**
 * What the files tell and what the record tells, joined later than either: a reload is noted in the
 * record, which is opened after the files were read, and what is recorded goes to those who watch.
 */
const createLive = (onEvent: (event: GatewayEvent) => void) => {
  const secrets = new Set<string>()
  let record: OpenRecord | undefined
  let bus: EventBus | undefined
  return {
    note: (noted: Parameters<Note>[0]) => record?.note(noted),
    learnSecrets(more: readonly string[]) {
      for (const secret of more) secrets.add(secret)
      record?.learnSecrets([...secrets])
    },
    publish(event: GatewayEvent) {
      bus?.publish(event)
      onEvent(event)
    },
    connect(opened: OpenRecord, joined: EventBus) {
      record = opened
      bus = joined
    },
  }
}

/** What stands in the way of starting, as opposed to what the operator wrote wrongly. */
const cannotStart = (cause: unknown): unknown =>
  cause instanceof StateLocked || cause instanceof DatabaseTooNew || cause instanceof PolicyUnsound
    ? new GatewayCannotStart(cause.message, { cause })
    : cause

const OPEN_WARNING =
  'warning: --no-auth-network is on: everyone who reaches this port may use every server'

const holder = (now: number, port?: number) => ({
  pid: process.pid,
  startedAt: new Date(now).toISOString(),
  ...(port !== undefined && { port }),
})

/** @throws GatewayCannotStart when the port is taken */
const listen = (app: ReturnType<typeof createApp>, hostname: string, port: number): number => {
  try {
    app.listen({ hostname, port })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayCannotStart(
      `cannot listen on ${hostname}:${port}: ${reason}; another program may hold the port, try --port 0`,
      { cause },
    )
  }
  return app.server?.port ?? port
}

/** A host as it stands in an address; the unspecified address is reached through loopback. */
const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
