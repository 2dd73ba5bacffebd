import type { Position } from '../core/errors.js'
import { isYes } from './written.js'
import { isIpv4, words } from './ip.js'

/** A variable of one host: its value, and the place that sets it. */
export interface Setting {
  variable: string
  /** Undefined when only the host itself can tell it. */
  value: unknown
  at: Position
  /** It comes from a role's defaults: nobody wrote it for this cluster. */
  byDefault?: true
}

/** A director or a real server. */
export interface Member {
  name: string
  /** Where the inventory names it first. */
  at: Position
  settings: ReadonlyMap<string, Setting>
}

/** A cluster as an inventory and a playbook describe it: all that the rules look at. */
export interface Cluster {
  /** Where to point when there is no better place: the inventory. */
  at: Position
  /** The inventory's groups, with all hosts in them. */
  groups: readonly { name: string; at: Position; hosts: readonly string[] }[]
  directors: readonly Member[]
  realServers: readonly Member[]
  /** The roles that the playbook uses. The role realserver puts the VIP on lo. */
  roles: ReadonlySet<string>
}

export type Severity = 'error' | 'warning'

/** What a rule found at one place. */
export interface Found {
  at: Position
  /** The variable or group that it is about. */
  about: string
  message: string
  /** What to do, when the rule's own `fix` can be said better for this case. */
  hint?: string
  /** Only a warning, since it rests on a guess. */
  guess?: boolean
}

/** One thing that a cluster can get wrong; the texts are those of docs/lint.md. */
export interface Rule {
  /** Stable: `lvs/vip-is-a-rip`. */
  id: string
  severity: Severity
  what: string
  /** What happens in the field. */
  why: string
  fix: string
  check(cluster: Cluster): Found[]
}

export function foundAt({ at, variable }: Setting, message: string): Found {
  return { at, about: variable, message }
}

/** Every host of the cluster, each once. */
export function members({ directors, realServers }: Cluster): Member[] {
  return [...new Map([...directors, ...realServers].map((each) => [each.name, each])).values()]
}

/** The address by which the director reaches a real server. */
export function ripOf({ settings }: Member): Setting | undefined {
  return settings.get('rip') ?? settings.get('ansible_host')
}

/** The director's own address. */
export function dipOf({ settings }: Member): Setting | undefined {
  return settings.get('dip') ?? settings.get('ansible_host')
}

/** A setting's IPv4 address; undefined when there is none to compare. */
export function ipv4(setting: Setting | undefined): string | undefined {
  const text = textOf(setting)
  return text !== undefined && isIpv4(text) ? text : undefined
}

/** The same, of addresses that a host can have: of others enough is said. */
export function unicast(setting: Setting | undefined): string | undefined {
  const address = ipv4(setting)
  return notUnicast(address) === undefined ? address : undefined
}

/** The value as text; undefined when it is not set, or not known here. */
export function textOf(setting: Setting | undefined): string | undefined {
  const value = setting?.value
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether a variable says yes, as Ansible reads it. */
export function isOn({ settings }: Member, variable: string): boolean {
  return isYes(settings.get(variable)?.value)
}

/** The settings of a variable, each once, however many hosts have it from one place. */
export function distinct(settings: readonly (Setting | undefined)[]): Setting[] {
  const key = ({ at, variable, value }: Setting) =>
    JSON.stringify([at.file, at.line, at.col, variable, value])
  const known = settings.filter((each) => each !== undefined)
  return [...new Map(known.map((setting) => [key(setting), setting])).values()]
}

/** Every distinct setting of these variables in a list of hosts. */
export function settingsOf(hosts: readonly Member[], ...variables: string[]): Setting[] {
  return distinct(variables.flatMap((name) => hosts.map(({ settings }) => settings.get(name))))
}

/** Items by a key, in the order they came. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined) {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

/** `a`, `a and b`, `a, b and c`; of many the first five. */
export function listed(names: readonly string[]): string {
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names
  return [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter((text) => text).join(' and ')
}

/** An address as one number. */
export function numberOf(address: string): number {
  return words(address)[0]!
}

/** What an address is when no single host can have it: `multicast`. */
export function notUnicast(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const first = numberOf(address) >>> 24
  if (address === '255.255.255.255') return 'the broadcast address'
  if (first === 0) return 'no address of a host'
  if (first === 127) return 'loopback'
  if (first >= 224) return first < 240 ? 'multicast' : 'reserved'
  return undefined
}
