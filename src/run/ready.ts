import pLimit from 'p-limit'
import { TaskFailed } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import { NotYet } from '../site/scope.js'
import { holds } from './act.js'
import { tellBroken } from './broken.js'
import { greet, type GreetOptions, refresh } from './greet.js'
import type { Hands } from './hands.js'
import type { HostRun } from './host.js'
import type { PlannedPlay } from './preflight.js'

type ReadyOptions = Omit<GreetOptions, 'play'> & {
  report: Reporter
  forks: number
  plays: readonly PlannedPlay[]
  hands?: Pick<Hands, 'ask'> | undefined
}

/**
 * The hosts that a play is for: those that did not fail before, and for which its `when`
 * holds by what is known, the facts of its facts_from included.
 *
 * @returns undefined when a host of facts_from could not be asked
 */
export async function readyFor(
  planned: PlannedPlay,
  options: ReadyOptions,
): Promise<HostRun[] | undefined> {
  const { play, hosts, factsFrom } = planned
  await (options.hands?.ask(factsFrom, planned) ?? askAll(factsFrom, planned, options))
  if (factsFrom.some((host) => host.failed)) return undefined
  return hosts.filter((host) => {
    try {
      return !host.failed && isFor(planned, host, options)
    } catch (error) {
      tellBroken(host, error, play, options)
      return false
    }
  })
}

/** Asks hosts for their facts. What becomes of them is told, and they say so themselves. */
export async function askAll(
  hosts: readonly HostRun[],
  planned: PlannedPlay,
  options: ReadyOptions,
): Promise<void> {
  const limit = pLimit(options.forks)
  await Promise.all(hosts.map((host) => limit(() => ask(host, planned, options))))
}

async function ask(host: HostRun, { play }: PlannedPlay, options: ReadyOptions): Promise<void> {
  if (host.failed) return
  const known = host.facts !== undefined
  try {
    await greet(host, { ...options, play })
    if (known && mayHaveChanged(options)) await refresh(host, { ...options, play })
  } catch (error) {
    tellBroken(host, error, { ...play, ignoreUnreachable: false }, options)
  }
}

/** Any host's task may have been delegated to the one that is asked. */
function mayHaveChanged({ plays }: ReadyOptions): boolean {
  return plays.some(({ hosts }) => hosts.some(({ tally }) => tally.changed > 0))
}

function isFor({ play }: PlannedPlay, host: HostRun, { variables }: ReadyOptions): boolean {
  try {
    const scope = variables.scope(host.name, play)
    return play.when.every((condition) => holds(condition, scope))
  } catch (error) {
    if (!(error instanceof NotYet)) throw error
    const message = `the play's "when" reads what is not known yet: ${error.message}`
    throw new TaskFailed(message, 'name the hosts that know it under facts_from', play.when[0]?.at)
  }
}
