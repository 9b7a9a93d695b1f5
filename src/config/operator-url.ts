import { BlockList, isIP } from 'node:net'

/**
 * What is wrong with a URL that the operator wrote in configuration, as a sentence; undefined when it
 * will do. Plain http and private addresses are the operator's decision; link-local and metadata
 * addresses are refused in every spelling that the URL standard knows. The sentence never shows the
 * URL, which may hold a credential.
 */
export const operatorUrlProblem = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return 'expected an http:// or https:// URL'
  if (url.username !== '' || url.password !== '') {
    return 'a URL must not hold a user name or password'
  }
  if (isMetadataHost(url.hostname)) return `${url.hostname} is a link-local or metadata address`
  return undefined
}

/** Whether a host, as `URL.hostname` gives it, serves the credentials of a cloud machine. */
const isMetadataHost = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const version = isIP(host)
  if (version === 0) return METADATA_NAMES.has(host)
  return METADATA_ADDRESSES.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
])

/** IPv4 rules also catch their IPv4-mapped spelling (RFC 4291 §2.5.5.2). */
const METADATA_ADDRESSES = new BlockList()
METADATA_ADDRESSES.addSubnet('169.254.0.0', 16, 'ipv4')
METADATA_ADDRESSES.addAddress('100.100.100.200', 'ipv4')
METADATA_ADDRESSES.addAddress('168.63.129.16', 'ipv4')
METADATA_ADDRESSES.addAddress('192.0.0.192', 'ipv4')
METADATA_ADDRESSES.addSubnet('fe80::', 10, 'ipv6')
METADATA_ADDRESSES.addAddress('fd00:ec2::254', 'ipv6')
// 169.254/16 inside NAT64 (RFC 6052), 6to4 (RFC 3056) and the IPv4-compatible form (RFC 4291).
METADATA_ADDRESSES.addSubnet('64:ff9b::169.254.0.0', 112, 'ipv6')
METADATA_ADDRESSES.addSubnet('2002:a9fe::', 32, 'ipv6')
METADATA_ADDRESSES.addSubnet('::169.254.0.0', 112, 'ipv6')
