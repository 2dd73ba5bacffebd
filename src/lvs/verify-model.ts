import type { Address } from './addresses.js'
import type { Firewall } from './firewall.js'
import { isIpv4 } from './ip.js'
import type { Traffic } from './parse-counts.js'
import type { Listed } from './parse-listing.js'
import type { VirtualService } from './table.js'

/** A host of the inventory, by the group that it is asked as. */
export interface Member {
  name: string
  /** Its own address: the DIP, the RIP. */
  address: string
}

/** A virtual service with its real servers, who have their names. */
export interface Service extends VirtualService {
  /** What clients know: one, or those that lead to a firewall mark. */
  vips: readonly string[]
  /** Of a firewall mark, or of every port: the TCP port to try it by; 0: none is known. */
  tryPort?: number
}

/** How packets of a service look; or why nobody can tell. */
export type Tried = { protocol: 'tcp' | 'udp'; port: number } | { not: string }

export function triedBy({ protocol, port, tryPort = 0 }: Service): Tried {
  if (protocol === 'sctp') return { not: 'there is no tool to ask by SCTP' }
  if (port > 0) return { protocol: protocol as 'tcp' | 'udp', port }
  if (protocol !== 'udp' && tryPort > 0) return { protocol: 'tcp', port: tryPort }
  return { not: 'which ports it has nobody told: set its port' }
}

/** The cluster as the inventory wants it. */
export interface Wanted {
  services: readonly Service[]
  directors: readonly Member[]
  realServers: readonly Member[]
  clients: readonly Member[]
  /** The inventory says that a director may be a real server, too. */
  directorServes: boolean
}

/** What a question brought; or in one sentence why it could not be answered. */
export type Known<T> = { known: T } | { unknown: string }

export interface Link {
  device: string
  mac: string
  mtu: number
  up: boolean
  /** Of a kind that does ARP. */
  arp: boolean
}

export interface Route {
  /** The gateway; undefined on the host's own segment. */
  via: string | undefined
  device: string
  /** The host itself has the address. */
  local: boolean
}

/** A line of a sysctl file, in the order in which a boot reads them: the last one wins. */
export interface BootSetting {
  file: string
  key: string
  value: string
}

/** Who takes connections, or datagrams: 0.0.0.0 stands for every address. */
export interface Listener {
  protocol: 'tcp' | 'udp'
  address: string
  port: number
}

/** What a host's look at itself shows. Not every host is asked everything. */
export interface Sight {
  links: readonly Link[]
  addresses: readonly Pick<Address, 'device' | 'address' | 'prefix'>[]
  /** By destination, `TO` or `TO from SOURCE`; those that there are. */
  routes: ReadonlyMap<string, Route>
  /** The MACs that it knows others by, by address. */
  neighbours: ReadonlyMap<string, string>
  /** By key, as conf/eth0/arp_ignore. */
  sysctls: ReadonlyMap<string, number>
  boot: readonly BootSetting[]
  listeners: Known<readonly Listener[]>
  firewall: Known<Firewall>
  /** The running table. */
  table: Known<readonly VirtualService[]>
  traffic: Known<ReadonlyMap<string, Listed<Traffic>>>
  /** large-receive-offload and the like, by device. */
  offloads: ReadonlyMap<string, ReadonlyMap<string, boolean>>
}

/** How a request ended. */
export interface Reply {
  /** open: somebody took the connection, but spoke no HTTP. silent: nobody answered. */
  kind: 'answer' | 'open' | 'refused' | 'silent'
  /** The status of an answer; else 0. */
  status: number
  /** Where the page begins, or what curl complained about. */
  text: string
}

/** What a host heard and got when it tried. */
export interface Trial {
  /** The MACs that answered ARP, by VIP. */
  heard: ReadonlyMap<string, Known<readonly string[]>>
  /** Of a client: each real server by the VIP, by `192.168.139.6:80 192.168.139.2`. */
  paths: ReadonlyMap<string, Known<Reply>>
  /** Of a client: the VIP as anybody asks it, by `192.168.139.6:80`. */
  replies: ReadonlyMap<string, Known<Reply>>
  /** Of the client that was told to send requests: those that failed, by `192.168.139.6:80`. */
  failures: ReadonlyMap<string, number>
  /** Of a client: the MACs that it knows the VIPs by once it has talked to them. */
  neighbours: ReadonlyMap<string, string>
  /** Of a director: whether a whole packet fits all the way to an RIP; gone: no ARP there. */
  fits: ReadonlyMap<string, Known<'yes' | 'no' | 'gone'>>
  /** Of a director: the counters, later. */
  traffic: Known<ReadonlyMap<string, Listed<Traffic>>>
}

/** All that was seen; a host that was not reached has neither sight nor trial. */
export interface Observed {
  wanted: Wanted
  sights: ReadonlyMap<string, Sight>
  trials: ReadonlyMap<string, Trial>
  /** Why a host could not be asked. */
  unreachable: ReadonlyMap<string, string>
  /** The requests that the client was told to send. */
  requests: number
}

export const verdicts = ['ok', 'unknown', 'warn', 'fail'] as const
export type Verdict = (typeof verdicts)[number]

export interface Evidence {
  host: string
  seen: string
}

/** What a check found out about one host or service. */
export interface Finding {
  verdict: Verdict
  /** What it is about: a host, a VIP, a service; messages name it. */
  subject: string
  message: string
  evidence: readonly Evidence[]
  /** A command or a variable, when the check's own fix can be said better for this case. */
  fix?: string
}

/** The worst of some verdicts; ok when there are none. */
export function worst(all: readonly Verdict[]): Verdict {
  return verdicts[Math.max(0, ...all.map((verdict) => verdicts.indexOf(verdict)))]!
}

/** Every IPv4 address that clients know, each once. */
export function vipsOf({ services }: Wanted): string[] {
  return [...new Set(services.flatMap(({ vips }) => vips))].filter(isIpv4)
}

/** An address of nobody's, which the default route leads to (RFC 5737). */
export const ANYWHERE = '192.0.2.1'
