import { statfsSync } from 'node:fs'
import { lockState } from '../../compose/state-lock.ts'
import { type Call, defineCommand, type Flags } from '../command.ts'
import { type Configuration, openConfiguration } from '../configuration.ts'
import { readToken } from '../connection.ts'
import { asksForTokens } from '../doctor/ask-gateway.ts'
import type { FreeSpace, Scene } from '../doctor/check.ts'
import { CHECKS, type CheckId, isCheck } from '../doctor/checks.ts'
import { examine, type Found } from '../doctor/examine.ts'
import { type Reported, reportBody, reportText, summaryOf } from '../doctor/report.ts'
import { CliFault } from '../failure.ts'
import { namedGateway, ownGateway } from '../gateway-address.ts'

const FLAGS = {
  fix: { help: 'do what is safe: permissions, a stale lock, a missing state directory' },
} as const satisfies Flags

type DoctorCall = Call<typeof FLAGS>

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Tells what is wrong here, and what to type',
  about: [
    'Needs no gateway, and disturbs none. With a token, tells how the gateway would judge it.',
    'Checks:',
    ...Object.entries(CHECKS).map(([id, { title }]) => `  ${id.padEnd(10)} ${title}`),
  ].join('\n'),
  positionals: [{ name: 'CHECK', help: 'only these checks', optional: true, many: true }],
  flags: FLAGS,
  examples: [
    'datacline doctor',
    'datacline doctor --fix',
    'datacline doctor token issuer --token-file token.txt --json',
  ],
  exits: ['check_failed'],
  run: async (call) => {
    const ids = chosen(call.positionals)
    const found = await look(call, ids)
    const findings: readonly Reported[] = call.flags.fix ? found.map(mended) : found
    call.output.result(reportBody(findings), () => reportText(findings, call.output.paint))
    const { errors } = summaryOf(findings)
    if (errors === 0) return 'ok'
    const many = errors === 1 ? 'one thing is' : `${errors} things are`
    const mendable = findings.some(({ status, mend }) => status !== 'ok' && mend !== undefined)
    throw new CliFault('check_failed', `${many} wrong`, {
      hint: mendable && !call.flags.fix ? 'datacline doctor --fix does what is safe' : undefined,
    })
  },
})

/** @throws CliFault `usage` for a check that there is not */
const chosen = (names: readonly string[]): readonly CheckId[] => {
  const unknown = names.find((name) => !isCheck(name))
  if (unknown !== undefined) {
    const why = `checks: ${Object.keys(CHECKS).join(', ')}`
    throw new CliFault('usage', `there is no check ${JSON.stringify(unknown)}`, { why })
  }
  const ids = Object.keys(CHECKS).filter(isCheck)
  return names.length === 0 ? ids : ids.filter((id) => names.includes(id))
}

/** Without settings nothing else can be looked at: then they are what is wrong. */
const look = async (call: DoctorCall, ids: readonly CheckId[]): Promise<readonly Found[]> => {
  const token = await readToken(call)
  const configured = configurationOf(call)
  if (configured instanceof CliFault) {
    const { message, hint } = configured
    return [{ id: 'settings', status: 'error', detail: message, fix: hint }]
  }
  const { url } = ownGateway(configured.stateDirectory)
  const configuration = url === undefined ? configured : await asItRuns(call, configured, url)
  return examine(ids, sceneOf(call, configuration, token, url))
}

/** A flag of `serve` may have said otherwise than settings do: the gateway that runs knows best. */
const asItRuns = async (
  { around, flags }: DoctorCall,
  configured: Configuration,
  url: string,
): Promise<Configuration> => {
  const authEnabled = await asksForTokens(url)
  if (authEnabled === undefined || authEnabled === configured.settings.values.authEnabled) {
    return configured
  }
  return openConfiguration(around, flags.config, { authEnabled })
}

const configurationOf = ({ around, flags }: DoctorCall): Configuration | CliFault => {
  try {
    return openConfiguration(around, flags.config)
  } catch (cause) {
    if (cause instanceof CliFault) return cause
    throw cause
  }
}

const sceneOf = (
  call: DoctorCall,
  configuration: Configuration,
  text: string | undefined,
  gatewayUrl: string | undefined,
): Scene => {
  const { around, flags } = call
  const { stateDirectory } = configuration
  return {
    configuration,
    configFlag: flags.config,
    environment: around.environment,
    token: text === undefined ? undefined : { text, from: tokenSource(call) },
    userId: process.getuid?.(),
    fetch,
    now: around.now,
    tick: () => performance.now(),
    freeSpace,
    lock: () => lockState(stateDirectory),
    gatewayUrl,
    namedUrl: namedGateway(call)?.url,
  }
}

const tokenSource = ({ flags, around: { environment } }: DoctorCall): string => {
  if (flags.token !== undefined) return '--token'
  if (flags['token-file'] !== undefined) return '--token-file'
  return environment.DATACLINE_TOKEN ? 'DATACLINE_TOKEN' : 'DATACLINE_TOKEN_FILE'
}

const freeSpace = (path: string): FreeSpace => {
  const { bavail, bsize, files, ffree } = statfsSync(path)
  return { bytes: bavail * bsize, files: files > 0 ? ffree : undefined }
}

/** What was mended is well, and says what was done. */
const mended = (finding: Found): Reported => {
  const { mend } = finding
  if (mend === undefined) return finding
  try {
    return { ...finding, status: 'ok', done: mend() }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return { ...finding, detail: `${finding.detail}; it could not be mended: ${why}` }
  }
}
