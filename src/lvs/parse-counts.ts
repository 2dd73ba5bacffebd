import { type Listed, parseListing } from './parse-listing.js'

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

/** Reads `ipvsadm -L -n`, by the service's name; a service has what its real servers have. */
export function parseConnections(text: string): Map<string, Listed<Connections>> {
  const services = parseListing(text, (cells): Connections => {
    const [active = 0, inactive = 0] = cells.slice(-2).map(Number)
    return { active, inactive }
  })
  for (const listed of services.values()) {
    const all = [...listed.realServers.values()]
    listed.service = {
      active: all.reduce((sum, { active }) => sum + active, 0),
      inactive: all.reduce((sum, { inactive }) => sum + inactive, 0),
    }
  }
  return services
}

/** Reads `ipvsadm -L -n --exact` with `--stats` or `--rate`, by the service's name. */
export function parseTraffic(text: string): Map<string, Listed<Traffic>> {
  return parseListing(text, (cells) => {
    const [connections = 0, packetsIn = 0, packetsOut = 0, bytesIn = 0, bytesOut = 0] = cells
      .slice(-5)
      .map(Number)
    return { connections, packetsIn, packetsOut, bytesIn, bytesOut }
  })
}
