import { parseListing } from './parse-listing.js'
import { endpoint, serviceName, type RealServer, type VirtualService } from './table.js'

/**
 * A table with the thresholds of its real servers, which `ipvsadm -S` does not tell: from what
 * `ipvsadm -L -n --thresholds` prints.
 *
 *     TCP  192.168.139.6:80 wlc
 *       -> 192.168.139.2:80             100        80         0          0
 */
export function withThresholds(
  table: readonly VirtualService[],
  listing: string,
): VirtualService[] {
  const found = parseListing(listing, ([upper, lower]): Partial<RealServer> => {
    return {
      ...(Number(upper) > 0 && { upper_threshold: Number(upper) }),
      ...(Number(lower) > 0 && { lower_threshold: Number(lower) }),
    }
  })
  return table.map((service) => ({
    ...service,
    realServers: service.realServers.map((server) => {
      const listed = found.get(serviceName(service))
      return { ...server, ...listed?.realServers.get(endpoint(server)) }
    }),
  }))
}
