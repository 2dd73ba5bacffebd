import type { Reporter } from '../core/event.js'
import type { Transport } from '../core/transport.js'
import type { Checked } from '../lvs/status.js'
import { resources } from '../resources/registry.js'
import type { BecomeDefaults } from '../run/connection.js'
import { run } from '../run/run.js'
import type { Vault } from '../site/vault.js'
import type { Site } from './site.js'
import { hidingReporter } from './vault.js'

export interface CheckRunOptions {
  transport: Transport
  signal: AbortSignal
  forks: number
  become: BecomeDefaults
  vault: Vault
  /** The hosts to check, and those of them that are known to be out of reach. */
  hosts: readonly string[]
  unreachable: ReadonlySet<string>
}

/**
 * A run of the playbook as under --check, on some hosts alone, and what it found of each. All
 * at once, in no batches, since nothing is changed.
 *
 * @param site fresh, made for a check
 */
export async function checkRun(
  site: Site,
  options: CheckRunOptions,
): Promise<Map<string, Checked>> {
  const { hosts, unreachable, vault } = options
  const found = new Map(hosts.map((host) => [host, unchecked()]))
  const plays = site.plays.map((planned) => ({
    ...planned,
    hosts: planned.hosts.filter(({ name }) => found.has(name)),
    serial: [],
  }))
  for (const host of plays.flatMap((planned) => [...planned.hosts, ...planned.factsFrom])) {
    // As if this run itself had found it so.
    if (unreachable.has(host.name)) host.failed = 'unreachable'
  }
  await run({
    ...site,
    ...options,
    playbook: '',
    plays,
    modules: resources,
    report: hidingReporter(vault, collector(found)),
    holder: '',
    // A check waits for nobody.
    ask: () => Promise.resolve(''),
  })
  return found
}

const unchecked = (): Checked => ({ word: 'unchecked', would: [] })

function collector(found: ReadonlyMap<string, Checked>): Reporter {
  const fail = (host: string, message: string) => {
    const checked = found.get(host)
    if (checked) Object.assign(checked, { word: 'failed', message })
  }
  return (event) => {
    if (event.event === 'task') {
      const { host, task, module, status, changes, message = '' } = event
      if (event.ignored || event.rescued) return
      if (status === 'failed') return fail(host, `${task}: ${message}`)
      if (status !== 'changed') return
      const summaries = changes.map(({ summary }) => summary)
      const would = summaries.length > 0 ? summaries : ['it would run']
      found.get(host)?.would.push(...would.map((summary) => ({ task, module, summary })))
    } else if (event.event === 'host') {
      if (!event.ignored) fail(event.host, event.message)
    } else if (event.event === 'recap') {
      for (const [host, { ok, changed, skipped }] of Object.entries(event.hosts)) {
        const checked = found.get(host)
        if (checked?.word !== 'unchecked' || ok + changed + skipped === 0) continue
        checked.word = checked.would.length > 0 ? 'drift' : 'in state'
      }
    }
  }
}
