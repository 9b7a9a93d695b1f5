import { BlockList, isIP } from 'node:net'

/** Link-local addresses and the metadata services of clouds; every other host is the operator's to name. */
const refused = new BlockList()
refused.addSubnet('169.254.0.0', 16, 'ipv4')
refused.addAddress('100.100.100.200', 'ipv4')
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addAddress('fd00:ec2::254', 'ipv6')
refused.addAddress('fd20:ce::254', 'ipv6')
// The same IPv4 addresses behind NAT64 (RFC 6052) and 6to4 (RFC 3056).
refused.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6')
refused.addSubnet('2002:a9fe::', 32, 'ipv6')

/**
 * Whether a connection to this address may be used. Takes what a socket reports or what a URL spells,
 * IPv4-mapped IPv6 included; a name is not an address and passes, to be asked about when it is resolved.
 */
export const mayConnect = (address: string): boolean => {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const family = isIP(bare)
  return family === 0 || !refused.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}
