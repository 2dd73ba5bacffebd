import { canonical } from './ip.js'
import { endpoint, serviceName, type Protocol } from './table.js'

/** What one of `ipvsadm -L -n`'s listings says of a virtual service and its real servers. */
export interface Listed<T> {
  service: T
  /** By address and port. */
  realServers: Map<string, T>
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  FWM: 'fwmark',
}

/**
 * Reads what `ipvsadm -L -n` prints, whatever its columns are, by the names of the services:
 *
 *     TCP  192.168.139.6:80 wlc
 *       -> 192.168.139.2:80             Route   1      0          10
 *     FWM  7 IPv6 rr
 *
 * Lines of another form, such as the three of the title, say nothing.
 *
 * @param read makes something of the cells that follow the address
 */
export function parseListing<T>(
  text: string,
  read: (cells: readonly string[]) => T,
): Map<string, Listed<T>> {
  const services = new Map<string, Listed<T>>()
  let current: Listed<T> | undefined
  for (const line of text.split('\n')) {
    const [word = '', where = '', ...cells] = line.trim().split(/\s+/)
    const protocol = PROTOCOLS[word]
    if (protocol) {
      current = { service: read(cells), realServers: new Map() }
      services.set(nameOf(protocol, where, cells), current)
    } else if (word === '->' && current && /^\d+$/.test(cells.at(-1) ?? '')) {
      current.realServers.set(endpoint(partsOf(where)), read(cells))
    }
  }
  return services
}

function nameOf(protocol: Protocol, where: string, [family]: readonly string[]): string {
  if (protocol !== 'fwmark') return serviceName({ protocol, ...partsOf(where) })
  // The tool prints a mark as a signed number.
  const address = String(Number(where) >>> 0)
  return serviceName({ protocol, address, port: 0, ...(family === 'IPv6' ? { inet6: true } : {}) })
}

function partsOf(text: string): { address: string; port: number } {
  const [, v6, v4 = '', port] = /^(?:\[(.+)\]|(.+)):(\d+)$/.exec(text) ?? []
  return { address: canonical(v6 ?? v4) ?? v4, port: Number(port) }
}
