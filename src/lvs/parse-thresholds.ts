import { canonical } from './ip.js'
import { endpoint, serviceName, type VirtualService } from './table.js'

/**
 * A table with the thresholds of its real servers, which `ipvsadm -S` does not tell: from what
 * `ipvsadm -L -n --thresholds` prints.
 *
 *     TCP  192.168.139.6:80 wlc
 *       -> 192.168.139.2:80             100        80         0          0
 *     FWM  7 IPv6 rr
 */
export function withThresholds(
  table: readonly VirtualService[],
  listing: string,
): VirtualService[] {
  const found = thresholdsIn(listing)
  return table.map((service) => ({
    ...service,
    realServers: service.realServers.map((server) => {
      const key = `${serviceName(service)} ${endpoint(server)}`
      return { ...server, ...found.get(key) }
    }),
  }))
}

interface Thresholds {
  upper_threshold?: number
  lower_threshold?: number
}

/** By service and real server; 0 is none. */
function thresholdsIn(listing: string): Map<string, Thresholds> {
  const found = new Map<string, Thresholds>()
  let service = ''
  for (const line of listing.split('\n')) {
    const [first = '', ...rest] = line.trim().split(/\s+/)
    if (first === '->' && /^\d+$/.test(rest[1] ?? '')) {
      const [server = '', upper = '0', lower = '0'] = rest
      found.set(`${service} ${canonicalEndpoint(server)}`, {
        ...(Number(upper) > 0 && { upper_threshold: Number(upper) }),
        ...(Number(lower) > 0 && { lower_threshold: Number(lower) }),
      })
    } else if (/^(TCP|UDP|SCTP|FWM)$/.test(first)) {
      service = nameOf(first, rest)
    }
  }
  return found
}

/** The name that serviceName gives. A mark is printed as a signed number. */
function nameOf(kind: string, [address = '', family]: readonly string[]): string {
  if (kind === 'FWM') return `fwmark ${Number(address) >>> 0}${family === 'IPv6' ? ' (IPv6)' : ''}`
  return `${kind.toLowerCase()} ${canonicalEndpoint(address)}`
}

function canonicalEndpoint(text: string): string {
  const [, v6, v4, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? []
  return endpoint({ address: canonical(v6 ?? v4 ?? '') ?? '', port: Number(port) })
}
