import type { Facts } from '../core/facts.js'
import type { Act } from './act.js'
import type { HostRun } from './host.js'
import type { Outcome } from './outcome.js'
import type { Variables } from './variables.js'

/**
 * Has the facts that an act found out known: by the host that it was done on, and, when it was
 * delegated there, by whoever it was done for, or with delegate_facts by that host in the run.
 */
export function gather(
  { task, on, resource }: Act,
  { status, result }: Outcome,
  host: HostRun,
  variables: Variables,
): void {
  if (!resource.gathers || status === 'failed') return
  const named = Object.entries(result.ansible_facts as Readonly<Record<string, unknown>>)
  const facts: Partial<Facts> = Object.fromEntries(
    named.map(([name, value]) => [name.replace(/^ansible_/, ''), value]),
  )
  on.update(facts)
  if (on === host) return
  if (task.delegateFacts) variables.host(on.name)?.update(facts)
  else host.show(facts)
}
