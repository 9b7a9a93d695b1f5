import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { resolveSettings } from '../config/settings.ts'
import type { GatewayEvent } from '../core/events.ts'
import { type DemoPerson, type DemoToken, startDemoIssuer } from '../demo/issuer.ts'
import { type RunningGateway, startGateway } from './start-gateway.ts'

export type { DemoPerson } from '../demo/issuer.ts'

export type DemoOptions = Readonly<{
  /** Where temporary directories are made. */
  temporary: string
  /** 0 takes a free one. */
  port: string
  policy: string
  version: string
  /** Milliseconds since the epoch. */
  now: () => number
  onEvent: (event: GatewayEvent) => void
  /** Where JSON lines of the record go. */
  lines: NodeJS.WriteStream | undefined
}>

/** A whole gateway with everything it needs, in a directory that is gone when it is. */
export type Demo = Readonly<{
  gateway: RunningGateway
  /** The configuration, which holds the state too. */
  directory: string
  token: (person: DemoPerson, kind: DemoToken) => Promise<string>
  /** Ends everything and removes the directory. */
  close: () => Promise<void>
}>

/**
 * Opens the demo: the embedded server behind a gateway with a policy and an issuer of its own. Nothing
 * of the environment has a say in it, and everything listens on loopback only.
 *
 * @throws GatewayCannotStart when the port is taken; SettingsFault when it is no port
 */
export const openDemo = async (options: DemoOptions): Promise<Demo> => {
  const { now, version, onEvent, lines } = options
  const directory = mkdtempSync(join(options.temporary, 'datacline-demo-'))
  const issuer = await startDemoIssuer(now)
  const leave = async () => {
    await issuer.close()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    write(join(directory, 'policies', 'policy.yaml'), options.policy)
    const gateway = await startGateway({
      settings: resolveSettings({
        flags: { host: '127.0.0.1', port: options.port, jwtIssuer: issuer.url, demo: true },
        environment: {},
        dotenv: new Map(),
        directory,
      }),
      dotenv: new Map(),
      environment: {},
      stateDirectory: join(directory, '.datacline'),
      version,
      userId: process.getuid?.(),
      // It has no operator who should know of anything.
      notice: () => undefined,
      onEvent,
      lines,
    })
    const close = async () => {
      await gateway.stop()
      await leave()
    }
    return { gateway, directory, token: issuer.token, close }
  } catch (cause) {
    await leave()
    throw cause
  }
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}
