import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh self-signed certificate for `name`, made by the openssl command of the machine. */
export const selfSigned = (name: string): { certificate: string; key: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'datacline-certificate-'))
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'certificate.pem')
  const made = Bun.spawnSync([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ...['-keyout', key, '-out', certificate],
  ])
  if (made.exitCode !== 0) throw new Error(made.stderr.toString())
  const pair = {
    certificate: readFileSync(certificate, 'utf-8'),
    key: readFileSync(key, 'utf-8'),
  }
  rmSync(folder, { recursive: true })
  return pair
}
