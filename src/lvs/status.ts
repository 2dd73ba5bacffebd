import type { Drift, Place } from './drift.js'
import type { Connections, Traffic } from './parse-counts.js'
import type { ArpSetting, Answer } from './see-server.js'
import type { Forwarding, Protocol } from './table.js'

/**
 * How bad something is, from the worst: a host that cannot be asked; something that clients
 * feel, or soon will; something that is not as the inventory says.
 */
export const levels = ['unreachable', 'broken', 'drift'] as const
export type Level = (typeof levels)[number]

export interface Problem {
  level: Level
  message: string
}

/** How a check run of the playbook found a host; `unchecked` when it did not come to it. */
export interface Checked {
  word: 'in state' | 'drift' | 'failed' | 'unchecked'
  /** What a run would do, and what is wrong where it failed. */
  would: { task: string; module: string; summary: string }[]
  message?: string
}

/** Whether a host could be asked. */
export type Reach = 'yes' | 'no' | 'failed'

export interface DirectorStatus {
  host: string
  reached: Reach
  /** The VIPs that it should have; the device is null where it is on none. */
  vips: { address: string; device: string | null }[]
  /** How many virtual services are live. */
  services: number | null
  saved: { path: string; services: number; unreadable?: string } | null
  check: Checked | null
  /** What is wrong, beside what the check run and the drift of the table say. */
  problems: Problem[]
  /** The worst of it all; null when all is well. */
  level: Level | null
}

export interface ServiceStatus extends Connections {
  director: string
  /** `tcp 192.168.139.6:80` */
  name: string
  protocol: Protocol
  address: string
  port: number
  scheduler: string
  rate: Traffic
  total: Traffic
  realServers: EntryStatus[]
}

/** A real server in the live table of one service. */
export interface EntryStatus extends Connections {
  name: string
  address: string
  port: number
  forwarding: Forwarding
  weight: number
  rate: Traffic
  total: Traffic
}

/**
 * The weight of a real server in one service: null where it is not there, and nothing at all of
 * a place that could not be looked at.
 */
export interface WeightStatus {
  director: string
  service: string
  places: Partial<Record<Place, number | null>>
}

export interface RealServerStatus extends Connections {
  /** Its name in the inventory; the address of one that only a live table knows. */
  host: string
  address: string
  /** Null when it is not in the inventory, and so nobody who could be asked. */
  reached: Reach | null
  /** Whether the inventory gives it a weight above 0 anywhere. */
  meant: boolean
  /** Whether it does what it is meant to: it is well, and gets new connections. */
  serving: boolean
  /** Where its VIPs are: `lo/32`; the prefix is null where it is nowhere. */
  vips: { address: string; device: string | null; prefix: number | null; route: boolean }[]
  /** On the interface that has its own address. */
  arp: Pick<ArpSetting, 'device' | 'ignore' | 'announce'> | null
  answers: Answer[]
  weights: WeightStatus[]
  /** Connections a second, of all services. */
  rate: number
  total: number
  check: Checked | null
  /** What is wrong, beside what the check run and the drift of the table say. */
  problems: Problem[]
  /** The worst of it all; null when all is well. */
  level: Level | null
}

/** What was seen of a host, or why nothing was. */
export type Sight<T> = { saw: T } | { unreachable: string } | { failed: string }

/** The worst of some levels; null when there are none. */
export function worst(some: readonly (Level | null)[]): Level | null {
  return levels.find((level) => some.includes(level)) ?? null
}

/** What the look at a host and its check run came to, beside what a run would change. */
export function hostProblems(sight: Sight<unknown>, check: Checked | null): Problem[] {
  if ('unreachable' in sight) return [{ level: 'unreachable', message: sight.unreachable }]
  const failed = 'failed' in sight ? [`it cannot be looked at: ${sight.failed}`] : []
  const broken = check?.word === 'failed' ? [`the check run failed: ${check.message ?? ''}`] : []
  return [...failed, ...broken].map((message) => ({ level: 'broken', message }))
}

/** The level of a host: of its problems, and of things that are not as they should be. */
export function levelOf(problems: readonly Problem[], drift: number): Level | null {
  return worst([...problems.map(({ level }) => level), drift > 0 ? 'drift' : null])
}

export function reachOf(sight: Sight<unknown>): Reach {
  return 'saw' in sight ? 'yes' : 'unreachable' in sight ? 'no' : 'failed'
}

/** The cluster at a glance. */
export interface ClusterStatus {
  directors: DirectorStatus[]
  services: ServiceStatus[]
  realServers: RealServerStatus[]
  drift: (Drift & { director: string })[]
  exit: number
}
