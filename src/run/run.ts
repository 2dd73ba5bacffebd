import pLimit from 'p-limit'
import { DrPlayError, Exit, Interrupted, TaskFailed, Unreachable } from '../core/errors.js'
import type { Reporter, TaskRow } from '../core/event.js'
import type { Session, Transport } from '../core/transport.js'
import { batchesOf } from './batches.js'
import { Converge } from './converge.js'
import type { ExpandOptions } from './act.js'
import { factsProbe, readFacts } from './facts.js'
import { lockStep } from './hello.js'
import type { HostRun } from './host.js'
import type { PlannedPlay } from './preflight.js'
import { type Part, trip } from './trip.js'

export interface RunOptions extends Omit<ExpandOptions, 'play'> {
  playbook: string
  plays: readonly PlannedPlay[]
  transport: Transport
  report: Reporter
  signal: AbortSignal
  forks: number
  /** Who runs this, for whoever finds a host locked: `root@control, pid 4711, since ...`. */
  holder: string
}

/** Runs the plays on their hosts. @returns the exit code */
export async function run(options: RunOptions): Promise<number> {
  const { plays, report, signal } = options
  const started = Date.now()
  const hosts = [...new Set(plays.flatMap((planned) => planned.hosts))]
  const check = hosts.every((host) => host.check)
  report({
    event: 'run',
    playbook: options.playbook,
    check,
    hosts: namesOf(hosts),
    plays: plays.map((planned) => ({ play: planned.play.name, tasks: rowsOf(planned) })),
  })
  try {
    for (const planned of plays) {
      if (!(await runPlay(planned, options))) break
    }
  } finally {
    await Promise.allSettled(hosts.flatMap((host) => host.session?.close() ?? []))
  }
  const exit = signal.aborted ? Exit.interrupted : exitOf(hosts)
  for (const host of hosts) host.tally.trips = host.session?.trips ?? 0
  const tallies = Object.fromEntries(hosts.map(({ name, tally }) => [name, tally]))
  report({ event: 'recap', hosts: tallies, check, exit, ms: Date.now() - started })
  return exit
}

/** @returns false when the run must end here: a whole batch failed, or too much of one */
async function runPlay(planned: PlannedPlay, options: RunOptions): Promise<boolean> {
  const { report, signal } = options
  const { play } = planned
  const ready = planned.hosts.filter((host) => !host.failed)
  report({ event: 'play', play: play.name, hosts: namesOf(ready) })
  const batches = batchesOf(ready, planned.serial)
  const limit = pLimit(options.forks)
  for (const [i, batch] of batches.entries()) {
    if (batches.length > 1) report({ event: 'batch', hosts: namesOf(batch) })
    await Promise.all(batch.map((host) => limit(() => runHost(host, planned, options))))
    if (signal.aborted) return false
    const failed = batch.filter((host) => host.failed).length
    if (failed === batch.length || failed > (play.maxFailPercentage / 100) * batch.length) {
      const last = i === batches.length - 1 && planned === options.plays.at(-1)
      const message = `${failed} of ${batch.length} hosts failed: nothing further is done`
      if (!last) report({ event: 'note', message })
      return false
    }
  }
  return true
}

/** One host through one play. Whatever happens to it is told, and concerns it alone. */
async function runHost(host: HostRun, planned: PlannedPlay, options: RunOptions): Promise<void> {
  const started = Date.now()
  const { report, signal } = options
  if (signal.aborted) return
  try {
    host.session ??= await options.transport.open(host.target, signal)
    const session = host.session
    const converge = { ...options, play: planned.play, tasks: planned.tasks }
    if (!host.facts) await hello(host, session, options.holder)
    await new Converge(host, session, converge).run()
  } catch (error) {
    if (error instanceof Interrupted) return
    const status = error instanceof Unreachable ? 'unreachable' : 'failed'
    host.failed = status
    host.tally[status]++
    const known = error instanceof DrPlayError
    const message = known
      ? error.message
      : `internal error: ${(error as Error).stack ?? String(error)}`
    const hint = known ? error.hint : 'this is a defect of dr-play; please report it'
    report({
      event: 'host',
      host: host.name,
      status,
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  } finally {
    host.tally.ms += Date.now() - started
  }
}

/** The first trip: takes the host for this run, and asks what it is and what it is owed. */
async function hello(host: HostRun, session: Session, holder: string): Promise<void> {
  let locked: string | undefined
  const parts: Part[] = [
    { script: factsProbe, read: ({ stdout }) => host.learn(readFacts(stdout)) },
    ...host.pendingParts(undefined),
  ]
  if (!host.check) {
    const read: Part['read'] = ({ status, stderr }) => {
      if (status !== 0) locked = stderr.trim()
    }
    parts.unshift({ script: lockStep(holder), read })
  }
  await trip(session, parts, 'all')
  if (locked !== undefined) {
    const message = `another run is at work on this host: ${locked}`
    throw new TaskFailed(message, 'wait until it is done; its lock ends with it')
  }
}

function namesOf(hosts: readonly HostRun[]): string[] {
  return hosts.map(({ name }) => name)
}

function rowsOf({ tasks, play }: PlannedPlay): TaskRow[] {
  const row = (handler: boolean) => (task: (typeof tasks)[number]) => ({
    id: task.row,
    name: task.name,
    handler,
  })
  return [...tasks.map(row(false)), ...play.handlers.map(row(true))]
}

function exitOf(hosts: readonly HostRun[]): number {
  if (hosts.some((host) => host.failed === 'unreachable')) return Exit.unreachable
  if (hosts.some((host) => host.failed === 'failed')) return Exit.failed
  const drifted = hosts.some((host) => host.check && host.tally.changed > 0)
  return drifted ? Exit.drift : Exit.ok
}
