import { DrPlayError } from '../core/errors.js'

export interface LabHost {
  name: string
  address: string
  /** Length of the network's prefix, e.g. 24; the same for all hosts of a lab. */
  prefix: number
  role: 'director' | 'realserver' | 'client'
}

export type Flavor = 'debian' | 'el'

/** Whose kernel runs the directors' IPVS: this machine's, or one of their own. */
export type DirectorKernel = 'host' | 'uml'

export interface LabSpec {
  /** Tells labs apart; DEFAULT_NAME when the user gives none. */
  name: string
  /** Without a client among them, the lab adds one. */
  hosts: LabHost[]
  flavor: Flavor
  /** Boot every host with systemd. EL's hosts are booted with it in any case. */
  systemd: boolean
  /** The directors' kernel; `auto`, the default, is the machine's where that has IPVS. */
  kernel?: DirectorKernel | 'auto'
  /** Addresses that the lab must not take for itself: the VIPs. */
  reserved?: string[]
}

/** A spec that was checked, and what follows from it. */
export interface Layout extends LabSpec {
  /** The address from which dr-play reaches the hosts. */
  controller: string
  /** The host from which the VIP is tried: the first client. */
  client: LabHost
}

/** A layout, and what the machine adds to it. */
export interface Plan extends Layout {
  kernel: DirectorKernel
  /** The library that goes in front of User Mode Linux; see uml/ptrace.ts. */
  preload?: string | undefined
}

export const DEFAULT_NAME = 'lab'

/** The host that the lab adds. */
const CLIENT = 'client'

/** Names that the lab keeps for its own namespaces and its client. */
const OWN = ['switch', 'controller', CLIENT]

/** @throws DrPlayError when no lab can be made of it. */
export function layOut(spec: LabSpec): Layout {
  checkName(spec.name)
  const first = spec.hosts[0]
  if (first === undefined) {
    throw new DrPlayError(
      'a lab needs at least one host',
      'name hosts in the groups director and realserver of the inventory',
    )
  }
  spec.hosts.forEach((host) => checkHost(host, first))
  checkUnique(spec.hosts.map((host) => host.name))
  checkUnique(spec.hosts.map((host) => host.address))
  const [controller, address] = free(first, [
    ...spec.hosts.map((host) => host.address),
    ...(spec.reserved ?? []),
  ])
  if (controller === undefined || address === undefined) {
    throw new DrPlayError(
      `the network ${first.address}/${first.prefix} has no two free addresses`,
      'the lab takes one for its controller and one for its client: use a larger network',
    )
  }
  const theirs = spec.hosts.find(({ role }) => role === 'client')
  const client = theirs ?? { name: CLIENT, address, prefix: first.prefix, role: 'client' }
  const hosts = theirs ? spec.hosts : [...spec.hosts, client]
  return { ...spec, hosts, systemd: spec.systemd || spec.flavor === 'el', controller, client }
}

/** A lab's name becomes a directory's name. */
export function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
    throw new DrPlayError(
      `"${name}" is no name for a lab`,
      'use up to 32 small letters, digits and hyphens',
    )
  }
}

/** A MAC made of the address: a host made anew is no stranger to its neighbours. */
export function macOf(address: string): string {
  return `02:00:${hexOf(address).match(/../g)!.join(':')}`
}

/** The switch's end of the cable to a host. */
export function portOf(address: string): string {
  return `p${hexOf(address)}`
}

/** 24 -> 255.255.255.0 */
export function netmask(prefix: number): string {
  return dotted(maskOf(prefix))
}

function checkHost(host: LabHost, first: LabHost): void {
  const taken = OWN.includes(host.name) && !(host.role === 'client' && host.name === CLIENT)
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(host.name) || taken) {
    throw new DrPlayError(
      `the lab cannot make a host named "${host.name}"`,
      `use a host name that is none of ${OWN.join(', ')}`,
    )
  }
  if (!isAddress(host.address)) {
    throw new DrPlayError(
      `the lab needs an IPv4 address for ${host.name}, not "${host.address}"`,
      `set it in the inventory: ${host.name} ansible_host=192.168.139.2`,
    )
  }
  if (!Number.isInteger(host.prefix) || host.prefix < 8 || host.prefix > 29) {
    throw new DrPlayError(`a prefix of ${host.prefix} cannot hold a lab`, 'use one from 8 to 29')
  }
  const sameNet =
    host.prefix === first.prefix &&
    network(host.address, host.prefix) === network(first.address, first.prefix)
  if (!sameNet) {
    throw new DrPlayError(
      `${host.name} (${host.address}/${host.prefix}) and ${first.name} ` +
        `(${first.address}/${first.prefix}) are not in one network`,
      'a lab is one network segment, as direct routing needs it',
    )
  }
}

function checkUnique(values: string[]): void {
  const twice = values.find((value, i) => values.indexOf(value) < i)
  if (twice !== undefined) {
    throw new DrPlayError(`two hosts of the lab have ${twice}`, 'give each its own')
  }
}

/** The two highest addresses below .252 (or the network's end) that nobody has. */
function free(host: LabHost, taken: string[]): string[] {
  const base = network(host.address, host.prefix)
  const size = 2 ** (32 - host.prefix)
  const found: string[] = []
  for (let i = Math.min(size - 2, 251); i > 0 && found.length < 2; i--) {
    const address = dotted((base + i) >>> 0)
    if (!taken.includes(address)) found.unshift(address)
  }
  return found
}

function isAddress(text: string): boolean {
  return (
    /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) &&
    text.split('.').every((part) => Number(part) <= 255)
  )
}

function numeric(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function hexOf(address: string): string {
  return numeric(address).toString(16).padStart(8, '0')
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

function maskOf(prefix: number): number {
  return (0xffffffff << (32 - prefix)) >>> 0
}

function network(address: string, prefix: number): number {
  return (numeric(address) & maskOf(prefix)) >>> 0
}
