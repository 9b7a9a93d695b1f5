/**
 * The address of a gateway that listens there, as this machine reaches it: every interface is reached
 * through loopback.
 */
export const listenUrl = (host: string, port: number): string => {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
