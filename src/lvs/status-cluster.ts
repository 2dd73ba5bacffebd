import { Exit } from '../core/errors.js'
import { type DirectorLook, directorStatus, driftOf, serviceStatuses } from './status-director.js'
import { type ServerLook, serverStatus, strangerStatus } from './status-server.js'
import { type ClusterStatus, type Level, worst } from './status.js'

/** Puts together what was seen of a cluster, and judges it. */
export function clusterStatus(
  directors: readonly DirectorLook[],
  servers: readonly ServerLook[],
): ClusterStatus {
  const names = namesIn(directors)
  const services = directors.flatMap((director) => serviceStatuses(director, names))
  const statuses = directors.map((director) => {
    return directorStatus(
      director,
      directors.filter((other) => other !== director),
    )
  })
  const drift = directors.flatMap((director) => {
    return driftOf(director).map((each) => ({ director: director.host, ...each }))
  })
  const live = services.flatMap(({ realServers }) => realServers.map(({ address }) => address))
  const strangers = [...new Set(live)].filter((address) => !names.has(address))
  const realServers = [
    ...servers.map((server) => serverStatus(server, directors, services, drift)),
    ...strangers.map((address) => strangerStatus(address, directors, services)),
  ]
  const level = worst([...statuses, ...realServers].map((each) => each.level))
  return {
    directors: statuses,
    services,
    realServers,
    drift,
    exit: level === null ? Exit.ok : EXITS[level],
  }
}

const EXITS: Readonly<Record<Level, number>> = {
  unreachable: Exit.unreachable,
  broken: Exit.failed,
  drift: Exit.drift,
}

/** What the inventory calls each address. */
function namesIn(directors: readonly DirectorLook[]): Map<string, string> {
  const servers = directors.flatMap(({ want }) => want.flatMap(({ realServers }) => realServers))
  return new Map(servers.map(({ name, address }) => [address, name ?? address]))
}
