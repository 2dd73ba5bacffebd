import { canonical } from './ip.js'
import { endpoint, serviceName, type Protocol } from './table.js'

/** Connections that a real server has now: established ones, and those in any other state. */
export interface Connections {
  active: number
  inactive: number
}

/**
 * What came by: counted since the counters were last set to zero, or a second, as the kernel
 * estimates it every two of them. Under dr nothing goes out: replies do not come by here.
 */
export interface Traffic {
  connections: number
  packetsIn: number
  packetsOut: number
  bytesIn: number
  bytesOut: number
}

/** The rows of one virtual service: the one that is its own, and one for each real server. */
export interface Counts<T> {
  service: T
  /** By address and port. */
  realServers: Map<string, T>
}

/** Reads `ipvsadm -L -n`, by the service's name; a service has what its real servers have. */
export function parseConnections(text: string): Map<string, Counts<Connections>> {
  const services = rows(text, (cells): Connections => {
    const [active = 0, inactive = 0] = cells.slice(-2).map(Number)
    return { active, inactive }
  })
  for (const counts of services.values()) {
    const all = [...counts.realServers.values()]
    counts.service = {
      active: all.reduce((sum, { active }) => sum + active, 0),
      inactive: all.reduce((sum, { inactive }) => sum + inactive, 0),
    }
  }
  return services
}

/** Reads `ipvsadm -L -n --exact` with `--stats` or `--rate`, by the service's name. */
export function parseTraffic(text: string): Map<string, Counts<Traffic>> {
  return rows(text, (cells) => {
    const [connections = 0, packetsIn = 0, packetsOut = 0, bytesIn = 0, bytesOut = 0] = cells
      .slice(-5)
      .map(Number)
    return { connections, packetsIn, packetsOut, bytesIn, bytesOut }
  })
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  FWM: 'fwmark',
}

/** Lines of another form, such as the three of the title, say nothing. */
function rows<T>(text: string, read: (cells: readonly string[]) => T): Map<string, Counts<T>> {
  const services = new Map<string, Counts<T>>()
  let current: Counts<T> | undefined
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
