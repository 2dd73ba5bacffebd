import { InputError } from '../core/errors.js'
import { canonical } from './ip.js'
import { virtualService, type RealServerInput, type ServiceInput } from './model.js'
import { endpoint, serviceName, type VirtualService } from './table.js'
import { type PlaceOf, placeOf } from './unfit.js'
import { defined, isMap, isYes, type Map, textOf } from './written.js'

/** What the inventory says of a cluster, variable by variable; undefined is not set. */
export interface ClusterVars {
  /** A variable of the cluster as a whole: vip, scheduler, virtual_services ... */
  flat(variable: string): unknown
  /** The hosts of the group realserver. */
  realServers: readonly string[]
  /** A real server's own variable: rip, weight, forwarding ... */
  own(server: string, variable: string): unknown
  /** Where those are set. */
  at?: PlaceOf
}

/** What keeps a real server, in this very run, as the live table has it. */
export interface Hold {
  /** Whether it failed, or could not be reached. */
  holds(server: string): boolean
  live(): readonly VirtualService[]
}

/** A virtual service as it is written, before its settings and real servers are looked at. */
export interface Entry {
  /** What messages call it. */
  what: string
  written: Map
  protocol: string | undefined
  /** One, or as many as lead to one firewall mark. */
  vips: string[]
  servers: readonly ServerEntry[]
}

interface ServerEntry extends Omit<RealServerInput, 'address'> {
  name: string
}

const SERVERS = 'real_servers: [rs1, { name: rs2, weight: 2 }]'

/** Which flat variable stands for what an entry of virtual_services leaves out. */
const FLAT = {
  port: 'service_port',
  scheduler: 'scheduler',
  persistence: 'persistence',
  netmask: 'persistence_netmask',
  pe: 'persistence_engine',
  ops: 'one_packet',
  flags: 'scheduler_flags',
  forwarding: 'forwarding',
} as const

/**
 * The services that `virtual_services` lists; without it the one that the flat variables
 * describe. Cheap: no variable of a real server is read.
 *
 * @throws InputError for what is no list of services
 */
export function entriesOf(vars: ClusterVars): Entry[] {
  try {
    return readEntries(vars)
  } catch (error) {
    if (!(error instanceof InputError) || error.at) throw error
    throw new InputError(vars.at?.('virtual_services'), error.message, error.hint)
  }
}

function readEntries(vars: ClusterVars): Entry[] {
  const listed = vars.flat('virtual_services')
  if (listed === undefined || listed === null) return [entry({}, vars, 'the virtual service')]
  if (!Array.isArray(listed) || !listed.every(isMap)) {
    throw invalid('virtual_services is no list of maps', 'write - { vip: 192.168.139.6, port: 80 }')
  }
  return listed.map((each, i) => entry(each, vars, `virtual_services.${i}`))
}

/** Those that a host is a real server of. */
export function entriesWith(entries: readonly Entry[], host: string): Entry[] {
  return entries.filter(({ servers }) => servers.some(({ name }) => name === host))
}

/** The addresses that clients know, each once. */
export function vipsOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.flatMap(({ vips }) => vips))]
}

/** Where a service is reached. */
export interface Endpoint {
  /** As serviceName calls it. */
  service: string
  protocol: string
  vip: string
  /** Of one that takes every port, or a firewall mark: where it can be tried by TCP; 0: nowhere. */
  port: number
}

export function endpointsOf(entries: readonly Entry[], vars: ClusterVars): Endpoint[] {
  const flat = Number(textOf(vars.flat('service_port')) ?? 80) || 80
  return entries.flatMap((one) => {
    const { protocol = 'tcp', vips, written } = one
    if (protocol === 'fwmark') {
      const service = `fwmark ${textOf(written.mark)}${isYes(written.inet6) ? ' (IPv6)' : ''}`
      const port = Number(textOf(written.port) ?? flat)
      return vips.map((vip) => ({ service, protocol, vip, port }))
    }
    const own = Number(setting(one, 'port', vars) ?? 80)
    return vips.map((vip) => {
      const service = `${protocol} ${endpoint({ address: vip, port: own })}`
      return { service, protocol, vip, port: own || flat }
    })
  })
}

/**
 * The table that the inventory asks for.
 *
 * @throws InputError when it cannot work.
 */
export function tableOf(vars: ClusterVars, hold?: Hold): VirtualService[] {
  const seen = new Set<string>()
  return entriesOf(vars).map((one) => {
    const realServers = one.servers.map((server) => realServer(server, vars))
    const service = named(one, vars, () => virtualService({ ...serviceOf(one, vars), realServers }))
    const name = serviceName(service)
    if (seen.has(name)) throw invalid(`virtual_services has ${name} twice`, 'keep one of the two')
    seen.add(name)
    return hold ? held(service, hold) : service
  })
}

/** What is wrong with an entry of several is said with its place in the list. */
function named<T>(one: Entry, vars: ClusterVars, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { message, hint } = error
    const { what, written } = one
    const isListed = Object.keys(written).length > 0
    const text = isListed ? `${what}: ${message.replace(`${what}: `, '')}` : message
    throw new InputError(
      placeOf(error, one, FLAT, (...asked) => vars.at?.(...asked)),
      text,
      hint,
    )
  }
}

/**
 * A real server that is held stays what it is in the live table, or out of it. Its thresholds,
 * which the facts do not tell, are those of the inventory.
 */
function held(service: VirtualService, hold: Hold): VirtualService {
  const realServers = service.realServers.flatMap((server) => {
    if (server.name === undefined || !hold.holds(server.name)) return [server]
    const known = hold
      .live()
      .find((each) => serviceName(each) === serviceName(service))
      ?.realServers.find(({ address }) => address === server.address)
    return known ? [{ ...server, ...known }] : []
  })
  return { ...service, realServers }
}

function entry(written: Map, vars: ClusterVars, what: string): Entry {
  const protocol = textOf(written.protocol ?? vars.flat('protocol'))
  const vip = textOf(written.vip ?? vars.flat('vip'))
  return {
    ...{ what, written, protocol },
    vips: vipsIn(written, vip, protocol === 'fwmark', what),
    servers: serversIn(written, vars, what),
  }
}

function serviceOf(one: Entry, vars: ClusterVars): Omit<ServiceInput, 'realServers'> {
  const { what, written, protocol, vips } = one
  const own = (key: string) => textOf(written[key])
  const either = (key: keyof typeof FLAT) => setting(one, key, vars)
  const isMark = protocol === 'fwmark'
  // What is inherited must fit: nobody wrote it for this service.
  const isUdp = protocol === 'udp'
  const persistence = either('persistence')
  const isPersistent = persistence !== undefined && persistence !== '0'
  return {
    address: isMark ? markIn(own('mark'), what) : vips[0]!,
    ...defined({
      protocol,
      port: isMark ? undefined : either('port'),
      inet6: isYes(written.inet6) || undefined,
      scheduler: either('scheduler'),
      persistence: isPersistent ? persistence : undefined,
      netmask: isPersistent ? either('netmask') : own('netmask'),
      pe: isUdp ? either('pe') : own('pe'),
      ops: isYes(isUdp ? either('ops') : own('ops')) || undefined,
      flags: own('scheduler') === undefined ? either('flags') : own('flags'),
      forwarding: either('forwarding'),
    }),
  }
}

/** What an entry says; else the flat variable that stands for it. */
function setting({ written }: Entry, key: keyof typeof FLAT, vars: ClusterVars) {
  return textOf(written[key]) ?? textOf(vars.flat(FLAT[key]))
}

function vipsIn(written: Map, vip: string | undefined, isMark: boolean, what: string): string[] {
  const { vips } = written
  if (vips !== undefined && !isMark) {
    throw invalid(`${what}: vips is for fwmark`, 'write an entry with a vip for each of them')
  }
  if (vips !== undefined && !Array.isArray(vips)) {
    throw invalid(`${what}: vips is no list`, 'vips: [192.168.139.6, 192.168.139.7]')
  }
  if (vips === undefined && vip === undefined) {
    const own = isMark ? 'vips: [192.168.139.6]' : 'vip: 192.168.139.6'
    const isListed = what.startsWith('virtual_services')
    const hint = `${isListed ? `${own} in it, or ` : ''}set vip for all hosts: [all:vars] vip=192.168.139.6`
    throw invalid(`${what} has no VIP`, hint)
  }
  const texts = vips === undefined ? [vip ?? ''] : vips.map((each) => textOf(each) ?? '')
  return texts.map((text) => canonical(text) ?? text)
}

function markIn(mark: string | undefined, what: string): string {
  if (mark !== undefined) return mark
  throw invalid(`${what}: a service of fwmark needs its mark`, 'mark: 1 in virtual_services')
}

/** The group's hosts, of which an entry says nothing: made once, since each of them asks for it. */
const bare = new WeakMap<readonly string[], readonly ServerEntry[]>()

/** The real servers with what the entry itself says of them. */
function serversIn(
  written: Map,
  { realServers }: ClusterVars,
  what: string,
): readonly ServerEntry[] {
  const { real_servers: listed } = written
  const forwarding = textOf(written.forwarding)
  if (listed === undefined && forwarding === undefined) {
    const known = bare.get(realServers) ?? realServers.map((name) => ({ name }))
    bare.set(realServers, known)
    return known
  }
  const items = listed ?? realServers
  if (!Array.isArray(items)) throw invalid(`${what}: real_servers is no list`, SERVERS)
  return items.map((each: unknown) => {
    const map = isMap(each) ? each : { name: each }
    const name = textOf(map.name)
    if (name === undefined) throw invalid(`${what}: a real server has no name`, SERVERS)
    return {
      name,
      ...defined({
        weight: textOf(map.weight),
        port: textOf(map.port),
        forwarding: textOf(map.forwarding) ?? forwarding,
        upper_threshold: textOf(map.upper_threshold),
        lower_threshold: textOf(map.lower_threshold),
      }),
    }
  })
}

/** What virtual_services says of it goes before its own variables. */
function realServer({ name, ...entry }: ServerEntry, vars: ClusterVars): RealServerInput {
  const text = (variable: string) => textOf(vars.own(name, variable))
  return {
    name,
    address: text('rip') ?? text('ansible_host') ?? name,
    ...defined({
      weight: text('weight'),
      forwarding: text('forwarding'),
      upper_threshold: text('upper_threshold'),
      lower_threshold: text('lower_threshold'),
    }),
    ...entry,
  }
}

function invalid(message: string, hint?: string): InputError {
  return new InputError(undefined, message, hint)
}
