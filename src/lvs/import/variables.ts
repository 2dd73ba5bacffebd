import type { Position } from '../../core/errors.js'
import type { Forwarding } from '../table.js'
import type { ImportedCluster, ImportedService } from './cluster.js'
import { placeOf, type ToldServer } from './told.js'
import type { Entry, Item, Scalar } from './yaml-lines.js'

type Flow = Readonly<Record<string, Scalar>>

/** The variables of an imported cluster, by whom they are set for. */
export interface Variables {
  all: Entry[]
  director: Entry[]
  realserver: Entry[]
  /** A real server's own. */
  host: (address: string) => Entry[]
}

/**
 * One plain service becomes the flat variables of docs/cluster.md; several, or what those
 * cannot say, the list virtual_services.
 */
export function variablesOf(cluster: ImportedCluster): Variables {
  const [only, ...others] = cluster.services
  const first = new Map<string, ToldServer>()
  for (const server of cluster.services.flatMap(({ realServers }) => realServers)) {
    if (!first.has(server.address)) first.set(server.address, server)
  }
  const flat = others.length === 0 && only && isPlain(only) ? only : undefined
  return {
    all: flat ? flatVariables(flat) : [listOf(cluster, first)],
    director: directorVariables(cluster),
    realserver: realServerVariables(cluster),
    host: (address) => {
      const server = first.get(address)
      if (!server) return []
      const { weight, forwarding, upper_threshold, lower_threshold } = server
      const differs = flat && forwarding !== mostly(flat) ? { forwarding } : {}
      const limits = flat ? { upper_threshold, lower_threshold } : {}
      return Object.entries({ weight, ...differs, ...limits }).flatMap(([key, value]) =>
        value === undefined ? [] : [scalar(key, value, placeOf(server, key))],
      )
    },
  }
}

/** Whether the flat variables can say all of a service. */
function isPlain({ protocol, address, port, realServers }: ImportedService): boolean {
  return (
    protocol !== 'fwmark' &&
    !address.includes(':') &&
    port > 0 &&
    realServers.every((server) => server.port === port)
  )
}

/** What most of a service's real servers have. */
function mostly({ realServers }: ImportedService): Forwarding {
  const count = (method: Forwarding) =>
    realServers.filter(({ forwarding }) => forwarding === method).length
  return (['dr', 'nat', 'tun'] as const).reduce((a, b) => (count(b) > count(a) ? b : a))
}

const FLAT = {
  scheduler: 'scheduler',
  forwarding: 'forwarding',
  persistence: 'persistence',
  netmask: 'persistence_netmask',
  pe: 'persistence_engine',
  ops: 'one_packet',
  flags: 'scheduler_flags',
} as const

function flatVariables(service: ImportedService): Entry[] {
  return [
    scalar('vip', service.address, service.at),
    scalar('service_port', service.port, service.at),
    scalar('protocol', service.protocol, placeOf(service, 'protocol')),
    ...settings(service).map((entry) => ({ ...entry, key: FLAT[entry.key as keyof typeof FLAT] })),
  ]
}

function settings(service: ImportedService): Entry[] {
  const { scheduler, persistence, netmask, pe, ops, flags, realServers } = service
  const forwardingAt = service.places?.forwarding ?? realServers[0]?.at ?? service.at
  const given = { scheduler, forwarding: mostly(service), persistence, netmask, pe, ops, flags }
  return Object.entries(given).flatMap(([key, value]) => {
    if (value === undefined) return []
    return [scalar(key, value, key === 'forwarding' ? forwardingAt : placeOf(service, key))]
  })
}

function listOf(cluster: ImportedCluster, first: ReadonlyMap<string, ToldServer>): Entry {
  const names = new Map(cluster.realServers.map(({ address, name }) => [address, name]))
  return {
    key: 'virtual_services',
    value: {
      items: cluster.services.map((service) => ({
        value: {
          entries: [
            ...placeEntries(service),
            ...settings(service),
            {
              key: 'real_servers',
              value: {
                items: service.realServers.map((server) => {
                  const weight = first.get(server.address)?.weight ?? 1
                  return serverItem(server, names.get(server.address)!, weight, service)
                }),
              },
            },
          ],
        },
      })),
    },
  }
}

function placeEntries(service: ImportedService): Entry[] {
  const { protocol, address, port, inet6, vips, at } = service
  if (protocol !== 'fwmark') {
    return [
      scalar('vip', address, at),
      scalar('port', port, at),
      scalar('protocol', protocol, placeOf(service, 'protocol')),
    ]
  }
  return [
    scalar('mark', Number(address), at),
    scalar('protocol', protocol, at),
    ...(inet6 ? [scalar('inet6', true, at)] : []),
    ...(vips.length > 0
      ? [{ key: 'vips', value: { items: vips.map((vip) => ({ value: { scalar: vip } })) } }]
      : []),
  ]
}

/** A real server's name alone, unless something is other than its host or the service say. */
function serverItem(
  server: ToldServer,
  name: string,
  weight: number,
  service: ImportedService,
): Item {
  const { at, upper_threshold, lower_threshold } = server
  const own = {
    weight: server.weight === weight ? undefined : server.weight,
    port: server.port === service.port ? undefined : server.port,
    forwarding: server.forwarding === mostly(service) ? undefined : server.forwarding,
    upper_threshold: upper_threshold,
    lower_threshold: lower_threshold,
  }
  const given = Object.entries(own).filter(([, value]) => value !== undefined)
  if (given.length === 0) return { value: { scalar: name }, at }
  return { value: { flow: { name, ...(Object.fromEntries(given) as Flow) } }, at }
}

function directorVariables(cluster: ImportedCluster): Entry[] {
  const { addresses, vrrp, services, timeouts } = cluster
  const vips = new Set(services.flatMap(({ address, vips }) => [address, ...vips]))
  const own = addresses.filter(({ on, address }) => on === 'director' && vips.has(address))
  const [one] = own
  return [
    ...(one ? [scalar('vip_interface', one.device, one.at), ...prefixEntries('vip', one)] : []),
    ...(vrrp ? [scalar('vrrp', true, vrrp)] : []),
    ...(timeouts ? [timeoutEntry(timeouts)] : []),
  ]
}

function timeoutEntry({ at, tcp, tcpfin, udp }: NonNullable<ImportedCluster['timeouts']>): Entry {
  const given = Object.entries({ tcp, tcpfin, udp }).filter(([, seconds]) => seconds > 0)
  const entries = given.map(([key, seconds]) => scalar(key, seconds))
  return { key: 'ipvs_timeouts', value: { entries }, at }
}

/** On lo it is a /32; what a script says otherwise is carried over for the linter to name. */
function realServerVariables({ addresses }: ImportedCluster): Entry[] {
  const wrong = addresses.find(
    ({ on, prefix, address }) =>
      on === 'realserver' && !address.includes(':') && prefix !== undefined && prefix !== 32,
  )
  return wrong ? prefixEntries('vip', wrong) : []
}

/** `vip_prefix: 24`; a mask with gaps is `vip_netmask`, which the linter names. */
export function prefixEntries(
  of: 'vip' | 'own',
  { prefix, at }: { prefix?: number | string; at?: Position },
): Entry[] {
  if (prefix === undefined) return []
  const name = typeof prefix === 'number' ? 'prefix' : 'netmask'
  return [scalar(of === 'vip' ? `vip_${name}` : name, prefix, at)]
}

export function scalar(key: string, value: Scalar, at?: Position): Entry {
  return { key, value: { scalar: value }, ...(at ? { at } : {}) }
}
