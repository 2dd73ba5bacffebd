import { didYouMean } from '../core/suggest.js'
import { canonical, isIpv4, words } from './ip.js'
import { canonicalFlags, schedulers } from './schedulers.js'
import {
  endpoint,
  forwardings,
  protocols,
  serviceName,
  type Forwarding,
  type Protocol,
  type RealServer,
  type VirtualService,
} from './table.js'
import { Unfit } from './unfit.js'

/** A number as people write it: on the command line it is text. */
type Numeric = number | string

/** A real server as people write it; what is left out has the defaults named below. */
export interface RealServerInput {
  name?: string
  address: string
  /** The service's port. Only nat can map to another one. */
  port?: Numeric
  /** The service's forwarding. */
  forwarding?: string
  /** 1 */
  weight?: Numeric
  /** 0: none */
  upper_threshold?: Numeric
  /** 0: none */
  lower_threshold?: Numeric
}

/** A virtual service as people write it; see VirtualService for what the fields mean. */
export interface ServiceInput {
  /** tcp */
  protocol?: string
  address: string
  /** 80 */
  port?: Numeric
  inet6?: boolean
  /** wlc */
  scheduler?: string
  persistence?: Numeric
  netmask?: string
  pe?: string
  ops?: boolean
  flags?: string
  /** dr, for the real servers that name none of their own. */
  forwarding?: string
  realServers: readonly RealServerInput[]
}

/**
 * One virtual service with its defaults filled in: tcp, wlc, dr, weight 1.
 *
 * @throws InputError when it cannot work, or would do something else than it says.
 */
export function virtualService(input: ServiceInput): VirtualService {
  const protocol = oneOf('protocol', input.protocol ?? 'tcp', protocols)
  const scheduler = oneOf('scheduler', input.scheduler ?? 'wlc', schedulers)
  const service: VirtualService = {
    protocol,
    ...(protocol === 'fwmark' ? mark(input) : vip(input)),
    scheduler,
    ...settings(input, scheduler, protocol),
    realServers: [],
  }
  const forwarding = oneOf('forwarding', input.forwarding ?? 'dr', forwardings)
  const realServers = input.realServers.map((server) => realServer(service, forwarding, server))
  refuseTwins(realServers)
  return { ...service, realServers }
}

function mark({
  address,
  inet6,
}: ServiceInput): Pick<VirtualService, 'address' | 'port' | 'inet6'> {
  const number = wholeNumber('firewall mark', address, 1, 2 ** 32 - 1)
  return { address: String(number), port: 0, ...(inet6 ? { inet6 } : {}) }
}

function vip({ address, port, persistence }: ServiceInput) {
  // Port 0 stands for every port, which only makes sense for clients that stay together.
  const least = persistence === undefined ? 1 : 0
  return { address: literal('VIP', address), port: wholeNumber('port', port ?? 80, least, 65535) }
}

function settings(input: ServiceInput, scheduler: string, protocol: Protocol) {
  const { persistence, netmask, pe, ops, flags } = input
  if (netmask !== undefined && persistence === undefined) {
    throw new Unfit(
      'netmask',
      'netmask says which clients persistence takes as one',
      'set persistence too',
    )
  }
  if (ops && protocol !== 'udp' && protocol !== 'fwmark') {
    const message = `ops, one-packet scheduling, is for udp, not ${protocol}`
    throw new Unfit('ops', message, 'take it out, or set protocol to udp')
  }
  if (netmask !== undefined && !isMask(netmask)) {
    throw new Unfit(
      'netmask',
      `netmask: "${netmask}" has gaps or is none`,
      '255.255.255.0, or 64 for IPv6',
    )
  }
  const shown = flags === undefined ? undefined : canonicalFlags(scheduler, flags)
  if (flags !== undefined && shown === undefined) {
    throw new Unfit(
      'flags',
      `"${flags}" are no flags of the scheduler ${scheduler}`,
      'flag-1, flag-2, flag-3; under sh and mh NAME-fallback, NAME-port',
    )
  }
  return {
    ...(persistence === undefined
      ? {}
      : { persistence: wholeNumber('persistence', persistence, 1, 31 * 86400) }),
    ...(netmask === undefined || isWhole(netmask) ? {} : { netmask }),
    ...(pe === undefined ? {} : { pe }),
    ...(ops ? { ops } : {}),
    ...(shown === undefined ? {} : { flags: shown }),
  }
}

function realServer(
  service: VirtualService,
  fallback: Forwarding,
  input: RealServerInput,
): RealServer {
  const { name } = input
  const who = name ?? input.address
  const address = literal(`${who}: address`, input.address)
  const forwarding = oneOf(`${who}: forwarding`, input.forwarding ?? fallback, forwardings)
  const port = wholeNumber(`${who}: port`, input.port ?? service.port, 0, 65535)
  if (address === service.address) {
    throw new Unfit(
      `${who}: address`,
      `${who} has the VIP ${address} as its own address`,
      'give its RIP',
    )
  }
  if (forwarding !== 'nat' && service.protocol !== 'fwmark' && port !== service.port) {
    throw new Unfit(
      `${who}: port`,
      `${who}: port ${port} under ${forwarding}, but ${serviceName(service)} stays ${service.port}`,
      'only nat rewrites ports: serve on the same port, or set forwarding to nat',
    )
  }
  if (forwarding !== 'tun' && address.includes(':') !== isV6(service)) {
    const message = `${who}: ${address} and ${serviceName(service)} are of two families`
    throw new Unfit(
      `${who}: address`,
      message,
      'IPv4 to IPv4, IPv6 to IPv6; only forwarding: tun goes from one to the other',
    )
  }
  const weight = wholeNumber(`${who}: weight`, input.weight ?? 1, 0, 65535)
  return {
    ...(name === undefined ? {} : { name }),
    ...{ address, port, forwarding, weight },
    ...thresholds(who, input),
  }
}

function thresholds(who: string, input: RealServerInput) {
  const [upper, lower] = (['upper_threshold', 'lower_threshold'] as const).map((key) =>
    wholeNumber(`${who}: ${key}`, input[key] ?? 0, 0, 2 ** 31 - 1),
  ) as [number, number]
  if (lower > upper) {
    throw new Unfit(
      `${who}: lower_threshold`,
      `${who}: lower_threshold ${lower} is above upper_threshold ${upper}`,
      'the lower one says when a real server that was full gets connections again',
    )
  }
  return {
    ...(upper === 0 ? {} : { upper_threshold: upper }),
    ...(lower === 0 ? {} : { lower_threshold: lower }),
  }
}

function refuseTwins(realServers: readonly RealServer[]) {
  const seen = new Map<string, RealServer>()
  for (const server of realServers) {
    const twin = seen.get(endpoint(server))
    if (twin) {
      const who = [twin, server].map(({ name, address }) => name ?? address).join(' and ')
      throw new Unfit(
        `${server.name ?? ''}: address`,
        `${who} have the same address, ${endpoint(server)}`,
        'each needs its own RIP',
      )
    }
    seen.set(endpoint(server), server)
  }
}

function isV6({ address, inet6 }: VirtualService): boolean {
  return inet6 === true || address.includes(':')
}

/** A mask that takes every client by itself is the default, which the kernel does not show. */
function isWhole(netmask: string): boolean {
  return netmask === '255.255.255.255' || netmask === '128'
}

/** Ones and then zeros, at least one of the former; for IPv6 the number of ones. */
function isMask(netmask: string): boolean {
  if (/^\d+$/.test(netmask)) return Number(netmask) >= 1 && Number(netmask) <= 128
  const bits = isIpv4(netmask) ? words(netmask)[0]!.toString(2).padStart(32, '0') : ''
  return /^1+0*$/.test(bits)
}

function literal(what: string, text: string): string {
  const address = canonical(text)
  if (address === undefined) {
    throw new Unfit(
      what,
      `${what}: "${text}" is no IP address`,
      'write four decimal numbers: 192.168.139.6',
    )
  }
  return address
}

function oneOf<T extends string>(what: string, word: string, words: readonly T[]): T {
  const found = words.find((candidate) => candidate === word)
  if (found !== undefined) return found
  const hint = didYouMean(word, words, `one of ${words.join(', ')}`)
  throw new Unfit(what, `${what}: unknown "${word}"`, hint)
}

function wholeNumber(what: string, value: Numeric, min: number, max: number): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (Number.isInteger(number) && Number(number) >= min && Number(number) <= max) {
    return Number(number)
  }
  const hint = what.endsWith('weight') ? '0 is: no new connections' : undefined
  throw new Unfit(what, `${what}: ${value} is no whole number from ${min} to ${max}`, hint)
}
