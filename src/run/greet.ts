import type { Reporter } from '../core/event.js'
import { factsProbe, readFacts } from '../core/facts.js'
import type { Become, Session, Transport } from '../core/transport.js'
import type { Play } from '../site/model.js'
import type { ExpandOptions } from './act.js'
import { becomeOf } from './connection.js'
import type { FactCache, Foresight } from './foresight.js'
import type { HostRun } from './host.js'
import { type Part, trip } from './trip.js'

/** Seconds; the default of --silence. */
const SILENCE = 15

export interface GreetOptions extends Pick<ExpandOptions, 'variables' | 'become'> {
  transport: Transport
  /** For its `become`: who asks for the facts, and holds the lock, is who works on the host. */
  play: Play
  signal: AbortSignal
  /** Who runs this, for those who find a host locked: `root@control, pid 4711, since ...`. */
  holder: string
  /** What names this run in the names of all its holders, where it has several. */
  run?: string | undefined
  /** Seconds without a sign of life after which a host is given up. */
  silence?: number
  report: Reporter
  factCache?: FactCache | undefined
  /** What the host will be asked next, where that can be told by now. */
  foresee?: () => Foresight
}

/** Connects to a host that is not connected yet, asks it what it is, and takes it for this run. */
export function greet(host: HostRun, options: GreetOptions): Promise<Session> {
  if (!host.check) {
    const { holder: name, run, silence = SILENCE } = options
    host.holder = { name, run, connection: host.target.connection, silence }
  }
  return meet(host, options)
}

/** The same for a host that others' tasks are delegated to: its own tasks may hold its lock. */
export function visit(host: HostRun, options: GreetOptions): Promise<Session> {
  return meet(host, options)
}

/** Asks a host for its facts anew. */
export async function refresh(host: HostRun, options: GreetOptions): Promise<void> {
  await trip(host.session!, [factsPart(host)], 'all', asOf(host, options))
}

async function meet(host: HostRun, options: GreetOptions): Promise<Session> {
  let ahead: Foresight | undefined
  if (!host.session) {
    const opening = options.transport.open(host.target, options.signal)
    ahead = options.foresee?.()
    host.session = await opening
  }
  if (!host.facts) {
    await hello(host, asOf(host, options), ahead, options.report)
    options.factCache?.put(host.target, host.facts!)
  }
  return host.session
}

function asOf(host: HostRun, { play, variables, become }: GreetOptions): Become | undefined {
  return becomeOf(variables.scope(host.name), become, host.becomePassword, play.become)
}

/** The first trip: takes the host for this run, and asks what it is and what it is owed. */
async function hello(
  host: HostRun,
  as: Become | undefined,
  ahead: Foresight | undefined,
  report: Reporter,
): Promise<void> {
  const parts = [factsPart(host), ...host.pendingParts(as), ...(ahead?.parts(as) ?? [])]
  await host.locked(parts, 'all', as, report)
  ahead?.compare(host.facts!)
}

function factsPart(host: HostRun): Part {
  return { script: factsProbe, read: ({ stdout }) => host.learn(readFacts(stdout)) }
}
