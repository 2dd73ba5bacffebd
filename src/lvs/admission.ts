import { endpoint, type RealServer, serviceName, type VirtualService } from './table.js'

/** How a wanted table and the live one go together, as far as real servers come and go. */
export interface Admission {
  /** What the table may be made at once. */
  services: VirtualService[]
  /** Real servers that have to be taken in: not in a live service, or half taken in. */
  joining: string[]
  /** Real servers that somebody quiesced: weight 0 in the live table, and not in the wanted one. */
  quiesced: string[]
}

/**
 * Nobody gets traffic in a live service before he was proven, and nobody's decision to quiesce
 * a real server is undone in passing. So a real server that a live service lacks is left out
 * here, and one that has weight 0 there keeps it. A service that is not live yet is wanted whole:
 * it has no client to lose.
 *
 * @param marked addresses of real servers that a run is taking in, or was when it broke off
 */
export function admit(
  wanted: readonly VirtualService[],
  live: readonly VirtualService[],
  marked: readonly string[],
): Admission {
  const joining = new Set<string>()
  const quiesced = new Set<string>()
  const services = wanted.map((service) => {
    const now = live.find((each) => serviceName(each) === serviceName(service))
    if (!now) return service
    const realServers = service.realServers.flatMap((server) => {
      const known = now.realServers.find((each) => endpoint(each) === endpoint(server))
      const who = server.name ?? server.address
      if (server.weight === 0) return [server]
      if (!known || marked.includes(server.address)) {
        joining.add(who)
        return known ? [keeping(server, known)] : []
      }
      if (known.weight > 0) return [server]
      quiesced.add(who)
      return [keeping(server, known)]
    })
    return { ...service, realServers }
  })
  return { services, joining: [...joining], quiesced: [...quiesced] }
}

function keeping(server: RealServer, { weight }: RealServer): RealServer {
  return { ...server, weight }
}
