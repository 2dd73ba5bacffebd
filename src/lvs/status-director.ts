import { type Drift, tableDrift } from './drift.js'
import type { Connections, Traffic } from './parse-counts.js'
import type { Listed } from './parse-listing.js'
import type { DirectorSight } from './see-director.js'
import {
  type Checked,
  type DirectorStatus,
  hostProblems,
  levelOf,
  type Problem,
  reachOf,
  type ServiceStatus,
  type Sight,
} from './status.js'
import { endpoint, serviceName, type VirtualService } from './table.js'

/** All that is known of a director. */
export interface DirectorLook {
  host: string
  /** Its table by the inventory; the real servers have their names. */
  want: readonly VirtualService[]
  /** The VIPs that it carries for them. */
  vips: readonly string[]
  sight: Sight<DirectorSight>
  check: Checked | null
}

/** What the places do not agree on, of a director that could be looked at. */
export function driftOf({ want, sight }: DirectorLook): Drift[] {
  if (!('saw' in sight)) return []
  const { live, saved } = sight.saw
  const readable = saved.unreadable === undefined
  return tableDrift({ inventory: want, live, saved: readable ? saved.table : undefined })
}

/** @param others the directors beside it: a VIP that one of them has is not missed here */
export function directorStatus(
  look: DirectorLook,
  others: readonly DirectorLook[],
): DirectorStatus {
  const { host, want, vips, sight, check } = look
  const saw = 'saw' in sight ? sight.saw : undefined
  const active = vips.filter((vip) => !others.some((other) => deviceOf(vip, other)))
  const problems = [
    ...hostProblems(sight, check),
    ...(saw ? [...missing(active, look), ...dead(want, active, saw), ...unreadable(saw)] : []),
  ]
  const drift = driftOf(look).length + (check?.would.length ?? 0)
  return {
    host,
    reached: reachOf(sight),
    vips: vips.map((address) => ({ address, device: deviceOf(address, look) })),
    services: saw ? saw.live.length : null,
    saved: saw ? savedOf(saw) : null,
    check,
    problems,
    level: levelOf(problems, drift),
  }
}

function deviceOf(vip: string, { sight }: DirectorLook): string | null {
  if (!('saw' in sight)) return null
  return sight.saw.addresses.find(({ address }) => address === vip)?.device ?? null
}

function savedOf({ saved: { path, table, unreadable } }: DirectorSight): DirectorStatus['saved'] {
  return { path, services: table.length, ...(unreadable === undefined ? {} : { unreadable }) }
}

function missing(vips: readonly string[], look: DirectorLook): Problem[] {
  return vips
    .filter((vip) => deviceOf(vip, look) === null)
    .map((vip) => ({ level: 'broken', message: `the VIP ${vip} is on no interface` }))
}

/** Services that should take connections here, and take none. */
function dead(
  want: readonly VirtualService[],
  vips: readonly string[],
  { live }: DirectorSight,
): Problem[] {
  return want
    .filter(({ protocol, address }) => protocol === 'fwmark' || vips.includes(address))
    .filter(takes)
    .flatMap((service): Problem[] => {
      const name = serviceName(service)
      const found = live.find((each) => serviceName(each) === name)
      if (!found) return [{ level: 'broken', message: `${name} is not live: nobody gets through` }]
      if (takes(found)) return []
      const message = `no real server of ${name} has a weight: clients are turned away`
      return [{ level: 'broken', message }]
    })
}

function takes({ realServers }: VirtualService): boolean {
  return realServers.some(({ weight }) => weight > 0)
}

function unreadable({ saved: { path, unreadable: why } }: DirectorSight): Problem[] {
  if (why === undefined) return []
  return [{ level: 'drift', message: `${path} is no table that a boot could load whole: ${why}` }]
}

/** The live services with their numbers. @param names what an address is called */
export function serviceStatuses(
  { host, sight }: DirectorLook,
  names: ReadonlyMap<string, string>,
): ServiceStatus[] {
  if (!('saw' in sight)) return []
  const { live, connections, totals, rates } = sight.saw
  return live.map((service) => {
    const name = serviceName(service)
    const { protocol, address, port, scheduler } = service
    const own = numbers(({ service: row }) => row, [connections, totals, rates], name)
    return {
      director: host,
      name,
      protocol,
      address,
      port,
      scheduler,
      ...own,
      realServers: service.realServers.map((server) => {
        const key = endpoint(server)
        const { forwarding, weight } = server
        return {
          name: names.get(server.address) ?? key,
          address: server.address,
          port: server.port,
          forwarding,
          weight,
          ...numbers(({ realServers }) => realServers.get(key), [connections, totals, rates], name),
        }
      }),
    }
  })
}

type Rows<T> = Map<string, Listed<T>>

/** What is not in the numbers yet, because the table changed between two looks, is 0. */
function numbers(
  row: <T>(listed: Listed<T>) => T | undefined,
  [connections, totals, rates]: [Rows<Connections>, Rows<Traffic>, Rows<Traffic>],
  name: string,
): Connections & { rate: Traffic; total: Traffic } {
  const of = <T>(rows: Rows<T>) => (rows.has(name) ? row(rows.get(name)!) : undefined)
  const none = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 }
  return {
    ...(of(connections) ?? { active: 0, inactive: 0 }),
    rate: of(rates) ?? none,
    total: of(totals) ?? none,
  }
}
