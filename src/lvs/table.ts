import { words } from './ip.js'

export const protocols = ['tcp', 'udp', 'sctp', 'fwmark'] as const
export const forwardings = ['dr', 'nat', 'tun'] as const
export type Protocol = (typeof protocols)[number]
/** dr: direct routing; nat: masquerading; tun: IP in IP tunnel. */
export type Forwarding = (typeof forwardings)[number]

export interface RealServer {
  /** What the operator calls it; the kernel's table has no names. */
  name?: string
  address: string
  port: number
  forwarding: Forwarding
  /** 0 quiesces it: no new connections, the established ones go on. */
  weight: number
  /** Options of a tunnel that is not plain IP in IP, as ipvsadm spells them. */
  tunnel?: string
  /** Above so many connections it gets no new ones ... */
  upper_threshold?: number
  /** ... until it has fewer than these; without it, three quarters of the upper one. */
  lower_threshold?: number
}

/** One virtual service as the kernel has it. What is left out is off, or the default. */
export interface VirtualService {
  protocol: Protocol
  /** The VIP; of a fwmark service the mark, in decimal. */
  address: string
  /** 0 for a fwmark service, and for a persistent one that takes every port. */
  port: number
  /** A fwmark service for IPv6. */
  inet6?: true
  scheduler: string
  /** Seconds that a client stays with its real server. */
  persistence?: number
  /** Which clients count as one under persistence: a mask, or a prefix length for IPv6. */
  netmask?: string
  /** Persistence engine. */
  pe?: string
  /** One-packet scheduling (UDP). */
  ops?: true
  /** Scheduler flags, separated by commas. */
  flags?: string
  realServers: RealServer[]
}

const options = { tcp: '-t', udp: '-u', sctp: '--sctp-service', fwmark: '-f' } as const
const methods = { dr: '-g', nat: '-m', tun: '-i' } as const

/**
 * The text of `ipvsadm -S -n`, in its order: the file that the boot scripts restore.
 *
 * It differs from the tool's where that could not be restored, or by chance only: firewall
 * marks from 2^31 on, which ipvsadm prints as negative numbers and then refuses to read;
 * `--tun-type ipip`, which 1.31 adds to every tunnel and older ones stop at in the middle of
 * the file; and the order of addresses further apart than half the address space (inOrder).
 */
export function formatTable(services: readonly VirtualService[]): string {
  return textOf(services, savedArgs)
}

/** The same with thresholds, which ipvsadm restores (-R) from such a file, but does not save. */
export function formatRestorable(services: readonly VirtualService[]): string {
  return textOf(services, realServerArgs)
}

function textOf(services: readonly VirtualService[], serverArgs: typeof realServerArgs): string {
  return [...services]
    .sort(byService)
    .flatMap((service) => [
      ['-A', ...serviceArgs(service)],
      ...[...service.realServers]
        .sort((a, b) => byAddress(a.address, b.address) || a.port - b.port)
        .map((server) => ['-a', ...serverArgs(service, server)]),
    ])
    .map((line) => `${line.join(' ')}\n`)
    .join('')
}

/** What names a virtual service on ipvsadm's command line. */
export function endpointArgs({ protocol, address, port, inet6 }: VirtualService): string[] {
  if (protocol === 'fwmark') return ['-f', address, ...(inet6 ? ['-6'] : [])]
  return [options[protocol], endpoint({ address, port })]
}

/** What follows -A or -E: every option, since -E resets those that are left out. */
export function serviceArgs(service: VirtualService): string[] {
  const { scheduler, persistence, netmask, pe, ops, flags } = service
  return [
    ...endpointArgs(service),
    ...['-s', scheduler],
    ...(persistence === undefined ? [] : ['-p', String(persistence)]),
    ...(netmask === undefined ? [] : ['-M', netmask]),
    ...(pe === undefined ? [] : ['--pe', pe]),
    ...(ops ? ['-o'] : []),
    ...(flags === undefined ? [] : ['-b', flags]),
  ]
}

/** What follows -a or -e: every option, since -e resets those that are left out. */
export function realServerArgs(service: VirtualService, server: RealServer): string[] {
  return [...savedArgs(service, server), ...thresholdArgs(server)]
}

function savedArgs(service: VirtualService, server: RealServer): string[] {
  return [
    ...endpointArgs(service),
    ...['-r', endpoint(server), methods[server.forwarding], '-w', String(server.weight)],
    ...(server.tunnel === undefined ? [] : server.tunnel.split(' ')),
  ]
}

/** The thresholds of a service's real servers in ipvsadm's words, of those that have any. */
export function thresholdsOf(service: VirtualService): { server: string; options: string }[] {
  return service.realServers.flatMap((server) => {
    const options = thresholdArgs(server).join(' ')
    const name = [...endpointArgs(service), '-r', endpoint(server)].join(' ')
    return options === '' ? [] : [{ server: name, options }]
  })
}

function thresholdArgs({ upper_threshold: upper, lower_threshold: lower }: RealServer): string[] {
  return [
    ...(upper === undefined ? [] : ['-x', String(upper)]),
    ...(lower === undefined ? [] : ['-y', String(lower)]),
  ]
}

/** `192.168.139.6:80`, `[fd00::6]:80`. */
export function endpoint({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** As people say it: `tcp 192.168.139.6:80`, `fwmark 7`. Unique in a table. */
export function serviceName({
  protocol,
  address,
  port,
  inet6,
}: Pick<VirtualService, 'protocol' | 'address' | 'port' | 'inet6'>): string {
  if (protocol === 'fwmark') return `fwmark ${address}${inet6 ? ' (IPv6)' : ''}`
  return `${protocol} ${endpoint({ address, port })}`
}

function byService(a: VirtualService, b: VirtualService): number {
  return (
    inOrder(markOf(a), markOf(b)) ||
    familyOf(a) - familyOf(b) ||
    protocols.indexOf(a.protocol) - protocols.indexOf(b.protocol) ||
    byAddress(a.address, b.address) ||
    a.port - b.port
  )
}

function byAddress(a: string, b: string): number {
  const theirs = words(b)
  return words(a).reduce((order, word, i) => order || inOrder(word, theirs[i] ?? 0), 0)
}

/** ipvsadm subtracts as 32-bit integers and lets them overflow: 10.0.0.1 is after 192.168.0.1. */
function inOrder(a: number, b: number): number {
  return (a - b) | 0
}

function markOf({ protocol, address }: VirtualService): number {
  return protocol === 'fwmark' ? Number(address) : 0
}

function familyOf({ address, inet6 }: VirtualService): number {
  return inet6 || address.includes(':') ? 10 : 2
}
