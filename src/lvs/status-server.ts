import type { Drift, Place } from './drift.js'
import type { DirectorLook } from './status-director.js'
import type { Answer, ArpSetting, Duty, Reply, ServerSight } from './see-server.js'
import {
  type Checked,
  hostProblems,
  levelOf,
  type Problem,
  reachOf,
  type RealServerStatus,
  type ServiceStatus,
  type Sight,
  type WeightStatus,
} from './status.js'
import { endpoint, serviceName, type VirtualService } from './table.js'

/** All that is known of a real server of the inventory. */
export interface ServerLook {
  host: string
  /** Its RIP. */
  address: string
  /** The VIPs that it carries itself. */
  vips: readonly string[]
  duties: readonly Duty[]
  sight: Sight<ServerSight>
  check: Checked | null
}

/** What a table gives a real server to do. Under nat it is never asked by the VIP. */
export function dutiesOf(rip: string, services: readonly VirtualService[]): Duty[] {
  return services.flatMap((service) => {
    const server = service.realServers.find(({ address }) => address === rip)
    if (!server || server.forwarding === 'nat') return []
    const { protocol, address, port } = service
    return [
      {
        service: serviceName(service),
        vip: protocol === 'fwmark' ? undefined : address,
        port,
        tcp: protocol === 'tcp',
        weight: server.weight,
      },
    ]
  })
}

/** @param drift what the places do not agree on about any real server */
export function serverStatus(
  { host, address, vips, duties, sight, check }: ServerLook,
  directors: readonly DirectorLook[],
  services: readonly ServiceStatus[],
  drift: readonly Drift[],
): RealServerStatus {
  const saw = 'saw' in sight ? sight.saw : undefined
  const meant = duties.some(({ weight }) => weight > 0)
  const problems = [...hostProblems(sight, check), ...(saw ? wrong(saw, vips, duties) : [])]
  const weights = directors.flatMap((director) => weightsIn(director, address))
  const own = drift.filter(({ realServer }) => realServer?.replace(/:\d+$/, '') === host)
  return {
    host,
    address,
    reached: reachOf(sight),
    meant,
    serving: meant && problems.length === 0 && getsNew(weights),
    vips: saw ? vips.map((vip) => placeOf(vip, saw)) : [],
    arp: saw ? arpOf(saw, address) : null,
    answers: saw?.answers ?? [],
    weights,
    ...traffic(address, services),
    check,
    problems,
    level: levelOf(problems, own.length + (check?.would.length ?? 0)),
  }
}

/** Whether a live table gives it new connections; what nobody looked at is taken to do so. */
function getsNew(weights: readonly WeightStatus[]): boolean {
  const live = weights.map(({ places }) => places.live)
  return live.length === 0 || live.some((weight) => weight === undefined || (weight ?? 0) > 0)
}

/** A real server that a live table has, and the inventory has not. */
export function strangerStatus(
  address: string,
  directors: readonly DirectorLook[],
  services: readonly ServiceStatus[],
): RealServerStatus {
  return {
    host: address,
    address,
    reached: null,
    meant: false,
    serving: false,
    vips: [],
    arp: null,
    answers: [],
    weights: directors.flatMap((director) => weightsIn(director, address)),
    ...traffic(address, services),
    check: null,
    problems: [{ level: 'drift', message: 'it is live, but not in the inventory' }],
    level: 'drift',
  }
}

function placeOf(vip: string, { addresses, routes }: ServerSight): RealServerStatus['vips'][0] {
  const all = addresses.filter(({ address }) => address === vip)
  const found = all.find(({ device }) => device === 'lo') ?? all[0]
  const { device = null, prefix = null } = found ?? {}
  return { address: vip, device, prefix, route: routes.includes(vip) }
}

/** On the interface that has the RIP; without one, on the first that does ARP. */
function arpOf({ addresses, arp }: ServerSight, rip: string): RealServerStatus['arp'] {
  const own = addresses.find(({ address }) => address === rip)?.device
  const found = arp.find(({ device }) => device === own) ?? arp.find(({ speaks }) => speaks)
  if (!found) return null
  const { device, ignore, announce } = found
  return { device, ignore, announce }
}

/** What clients feel, or soon will. Of one that gets no new connections only what harms others. */
function wrong(saw: ServerSight, vips: readonly string[], duties: readonly Duty[]): Problem[] {
  const serving = duties.filter(({ weight }) => weight > 0)
  const messages = [
    ...(serving.length > 0 ? vips.flatMap((vip) => withoutVip(vip, saw)) : []),
    ...vips.flatMap((vip) => heard(vip, saw)),
    ...serving.flatMap((duty) => silent(duty, saw)),
  ]
  return messages.map((message) => ({ level: 'broken', message }))
}

function withoutVip(vip: string, { addresses }: ServerSight): string[] {
  if (addresses.some(({ address }) => address === vip)) return []
  return [`the VIP ${vip} is on no interface: what the director sends is dropped`]
}

/** How other hosts come to hear of a VIP that only the director may answer for. */
function heard(vip: string, { addresses, arp }: ServerSight): string[] {
  const places = addresses.filter(({ address }) => address === vip)
  if (places.length === 0) return []
  const wide = places.filter(({ device, address, prefix }) => {
    return device === 'lo' && prefix !== (address.includes(':') ? 128 : 32)
  })
  const elsewhere = places.filter(({ device }) => device !== 'lo')
  return [
    ...wide.map(({ prefix }) => {
      return `the VIP ${vip} is on lo as a /${prefix}: the host takes all of that subnet for itself`
    }),
    ...elsewhere.map(({ device }) => {
      return `the VIP ${vip} is on ${device}: it answers ARP there, as only the director may`
    }),
    ...arp.filter(({ speaks }) => speaks).flatMap((setting) => loud(vip, setting)),
  ]
}

/** For arp_ignore 1, 2 and 8 keep silent about an address on lo; 3 does not. */
function loud(vip: string, { device, ignore, announce }: ArpSetting): string[] {
  return [
    ...([1, 2, 8].includes(ignore)
      ? []
      : [`it answers ARP for ${vip} on ${device} (arp_ignore is ${ignore}, must be 1)`]),
    ...(announce === 2
      ? []
      : [`it speaks ARP with ${vip} on ${device} (arp_announce is ${announce}, must be 2)`]),
  ]
}

/** Whether anybody takes connections. 400 is what HTTPS says to HTTP, on a port we do not know. */
export function isFine(reply: Reply): boolean {
  return typeof reply === 'number'
    ? reply < 400 || reply === 400
    : reply !== 'refused' && reply !== 'timeout'
}

function silent({ vip, port }: Duty, { answers }: ServerSight): string[] {
  const answer = answers.find((each) => each.vip === vip && each.port === port)
  if (answer?.reply === undefined || isFine(answer.reply)) return []
  return [
    `${saidOf(answer.reply)} on ${endpoint({ address: answer.vip, port })}${insteadOf(answer)}`,
  ]
}

function saidOf(reply: Reply): string {
  if (typeof reply === 'number') return `it answers with status ${reply}`
  return reply === 'timeout' ? 'it does not answer in time' : 'nobody answers'
}

function insteadOf({ own }: Answer): string {
  return own !== undefined && isFine(own) ? ', but on its own address somebody does' : ''
}

function weightsIn({ host, want, sight }: DirectorLook, rip: string): WeightStatus[] {
  const tables = new Map<Place, readonly VirtualService[]>([['inventory', want]])
  if ('saw' in sight) {
    const { live, saved } = sight.saw
    tables.set('live', live)
    if (saved.unreadable === undefined) tables.set('saved', saved.table)
  }
  const names = new Set([...tables.values()].flatMap((table) => table.map(serviceName)))
  return [...names].flatMap((service) => {
    const weights = [...tables].map(
      ([place, table]) => [place, weightIn(table, service, rip)] as const,
    )
    if (weights.every(([, weight]) => weight === null)) return []
    return [{ director: host, service, places: Object.fromEntries(weights) }]
  })
}

function weightIn(table: readonly VirtualService[], service: string, rip: string): number | null {
  const found = table.find((each) => serviceName(each) === service)
  return found?.realServers.find(({ address }) => address === rip)?.weight ?? null
}

/** All services together. */
function traffic(rip: string, services: readonly ServiceStatus[]) {
  const entries = services.flatMap(({ realServers }) =>
    realServers.filter(({ address }) => address === rip),
  )
  const sum = (value: (entry: (typeof entries)[number]) => number) =>
    entries.reduce((total, entry) => total + value(entry), 0)
  return {
    active: sum(({ active }) => active),
    inactive: sum(({ inactive }) => inactive),
    rate: sum(({ rate }) => rate.connections),
    total: sum(({ total }) => total.connections),
  }
}
