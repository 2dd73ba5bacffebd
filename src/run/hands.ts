import type { HostRun } from './host.js'
import type { PlannedPlay } from './preflight.js'

/** Whoever works on the hosts, where the run does not do so itself. */
export interface Hands {
  /** Brings the hosts of a batch through a play; resolves when each is through, or has failed. */
  bring(batch: readonly HostRun[], planned: PlannedPlay): Promise<void>
  /** Asks hosts for their facts. */
  ask(hosts: readonly HostRun[], planned: PlannedPlay): Promise<void>
}
