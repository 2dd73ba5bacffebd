import type { Position } from '../../core/errors.js'
import type { RealServer, VirtualService } from '../table.js'
import type { Timeouts } from '../timeouts.js'

/** What can be imported. */
export const formats = ['ipvsadm', 'scripts', 'keepalived', 'ldirectord'] as const
export type Format = (typeof formats)[number]

/** Something that cannot be carried over, or is doubtful. */
export interface Note {
  at: Position
  message: string
  /** What to do instead. */
  hint: string
}

/** What a file tells, with its place; `places` has those of fields that stand elsewhere. */
export interface Placed {
  at: Position
  places?: Readonly<Record<string, Position>>
}

export interface ToldServer extends RealServer, Placed {}

export interface ToldService extends Omit<VirtualService, 'realServers'>, Placed {
  realServers: ToldServer[]
}

/** A VIP on an interface. */
export interface ToldAddress extends Placed {
  /** A real server has it on lo. */
  on: 'director' | 'realserver'
  address: string
  device: string
  /** As ifconfig shows it: `eth0:1`. */
  label?: string
  /** A prefix length; a dotted mask where it has gaps. Undefined: nobody says. */
  prefix?: number | string
}

/** What a file tells of a cluster. */
export interface Told {
  services: ToldService[]
  addresses: ToldAddress[]
  /** The directors' own addresses. */
  directors: ({ address: string; prefix?: number | string } & Placed)[]
  /** The VIPs whose packets get a firewall mark. */
  marks: ({ mark: string; vip: string } & Placed)[]
  /** Where VRRP is set up: it says which director has the VIP. */
  vrrp?: Position
  timeouts?: Timeouts & Placed
  notes: Note[]
}

/** The files beside those that were named. */
export interface Disk {
  /** @throws InputError when there is no such file */
  read(path: string): string
  /** The files that a path means as it stands in the file `from`: `conf.d/*.conf`; sorted. */
  match(pattern: string, from: string): string[]
}

export function nothing(): Told {
  return { services: [], addresses: [], directors: [], marks: [], notes: [] }
}

/** The place of one field. */
export function placeOf({ at, places }: Placed, field: string): Position {
  return places?.[field] ?? at
}
