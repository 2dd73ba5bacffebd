import pLimit from 'p-limit'
import { Exit, type Position } from '../core/errors.js'
import { takeTurn } from '../core/turns.js'
import type { Reporter, TaskRow } from '../core/event.js'
import { batchesOf } from './batches.js'
import { tellBroken } from './broken.js'
import { Converge, type ConvergeOptions } from './converge.js'
import { Delegates } from './delegates.js'
import type { ExpandOptions } from './act.js'
import { Foresight } from './foresight.js'
import { greet, type GreetOptions, visit } from './greet.js'
import type { Hands } from './hands.js'
import type { HostRun } from './host.js'
import { withIncluded } from '../site/every-task.js'
import { leaves } from '../site/tasks.js'
import { Once } from './once.js'
import type { PlannedPlay } from './preflight.js'
import { type Ask, isQuestion, Questions } from './questions.js'
import { readyFor } from './ready.js'
import { Steps } from './steps.js'
import { Throttle } from './throttle.js'

export interface RunOptions extends Omit<ExpandOptions & GreetOptions, 'play'> {
  playbook: string
  plays: readonly PlannedPlay[]
  report: Reporter
  forks: number
  /** The run's record of a host of the inventory. @throws InputError when there is none */
  hostNamed: (name: string, at: Position) => HostRun
  /** The same for a connection of its own, as delegate_to needs it. */
  delegateTo: (name: string, at: Position) => HostRun
  /** Asks whoever started the run. */
  ask: Ask
  /** Ask before each task. */
  step?: boolean | undefined
  hands?: Hands | undefined
}

/** How a part of a batch is brought through a play, where others have its other parts. */
export interface PartOptions extends RunOptions {
  /** The first host of the whole batch, which does what is done once. */
  leader?: string
  /** Whether the play was ended for all, by a host of another part. */
  ended?: () => boolean
  /** Whether a host may begin. */
  begins?: () => boolean
  /** A host is through, or has failed. */
  over?: (host: HostRun) => void
}

/** Runs the plays on their hosts. @returns the exit code */
export async function run(options: RunOptions): Promise<number> {
  const { plays, report, signal } = options
  const started = Date.now()
  const hosts = [...new Set(plays.flatMap((planned) => [...planned.hosts, ...planned.factsFrom]))]
  const check = hosts.every((host) => host.check)
  const lastPlays = lastPlaysOf(plays)
  report({
    event: 'run',
    playbook: options.playbook,
    check,
    hosts: namesOf(hosts),
    plays: plays.map((planned) => ({ play: planned.play.name, tasks: rowsOf(planned) })),
  })
  try {
    for (const planned of plays) {
      // Thousands of connections are not kept for nothing; those that a later play needs are.
      const over = (host: HostRun) => {
        if (lastPlays.get(host) === planned) void host.leave()
      }
      if (!(await runPlay(planned, { ...options, over }))) break
    }
  } finally {
    await Promise.all(hosts.map((host) => host.leave()))
  }
  const exit = signal.aborted ? Exit.interrupted : exitOf(hosts)
  const tallies = Object.fromEntries(hosts.map(({ name, tally }) => [name, tally]))
  const checked = namesOf(hosts.filter((host) => host.check))
  report({ event: 'recap', hosts: tallies, check, checked, exit, ms: Date.now() - started })
  return exit
}

/** @returns false when the run must end here: a whole batch failed, or too much of one */
async function runPlay(planned: PlannedPlay, options: PartOptions): Promise<boolean> {
  const { report, signal } = options
  const { play } = planned
  const ready = await readyFor(planned, options)
  if (!ready) return false
  report({ event: 'play', play: play.name, hosts: namesOf(ready) })
  const batches = batchesOf(ready, planned.serial)
  for (const [i, batch] of batches.entries()) {
    if (batches.length > 1) report({ event: 'batch', hosts: namesOf(batch) })
    await (options.hands?.bring(batch, planned) ?? bring(batch, planned, options))
    if (signal.aborted) return false
    const failed = batch.filter((host) => host.failed).length
    const tolerated = play.anyErrorsFatal ? 0 : (play.maxFailPercentage / 100) * batch.length
    if (failed === batch.length || failed > tolerated) {
      const last = i === batches.length - 1 && planned === options.plays.at(-1)
      const message = `${failed} of ${batch.length} hosts failed: nothing further is done`
      if (!last) report({ event: 'note', message })
      return false
    }
  }
  return true
}

/** Brings hosts through a play; resolves when each is through, or has failed. */
export async function bring(
  batch: readonly HostRun[],
  planned: PlannedPlay,
  options: PartOptions,
): Promise<void> {
  const { play } = planned
  const once = new Once(options.leader ?? batch[0]!.name)
  if (batch.every(({ name }) => name !== once.leader)) once.end()
  const throttle = new Throttle()
  const failed = () => batch.some((host) => host.failed)
  const ended = () => play.anyErrorsFatal && (failed() || options.ended?.() === true)
  const questions = new Questions(namesOf(batch), ended)
  const steps = options.step ? new Steps(questions, options.ask) : undefined
  const around = { ...options, once, throttle, questions, steps, ended }
  // Before a question all hosts of a batch meet.
  const limit = pLimit(options.step || asks(planned) ? batch.length : options.forks)
  const go = async (host: HostRun) => {
    if (options.begins?.() === false) return
    await runHost(host, planned, around)
    options.variables.forget(host.name)
    options.over?.(host)
  }
  await Promise.all(batch.map((host) => limit(() => go(host))))
}

type BatchOptions = RunOptions &
  Pick<ConvergeOptions, 'once' | 'throttle' | 'questions' | 'steps' | 'ended'>

/** One host through one play. Whatever happens to it is told, and concerns it alone. */
async function runHost(host: HostRun, planned: PlannedPlay, options: BatchOptions): Promise<void> {
  const started = Date.now()
  if (options.signal.aborted) return
  const { play, tasks } = planned
  const greeting = { ...options, play }
  const delegates = new Delegates(options.delegateTo, (delegate) => visit(delegate, greeting))
  const own = () => greet(host, greeting)
  let foresight: Foresight | undefined
  const foresee = () => {
    const guess = options.factCache?.get(host.target)
    return (foresight = new Foresight(tasks, host, guess, greeting))
  }
  try {
    // Under --step nothing is looked at before somebody said so.
    const ahead = options.step ? {} : { foresee }
    if (play.gatherFacts) {
      await new Promise<void>(takeTurn)
      await greet(host, { ...greeting, ...ahead })
    }
    const delegate: ConvergeOptions['delegate'] = (name, at) => delegates.get(name, at)
    await new Converge(host, { ...options, play, tasks, greet: own, delegate, foresight }).run()
  } catch (error) {
    tellBroken(host, error, play, options)
  } finally {
    if (options.once.leader === host.name) options.once.end()
    options.questions.rest(host.name)
    await delegates.close()
    host.tally.ms += Date.now() - started
  }
}

/** Whether somebody will be asked, as far as the files tell. */
export function asks({ tasks, play }: Pick<PlannedPlay, 'tasks' | 'play'>): boolean {
  return withIncluded([...tasks, ...play.handlers]).some(isQuestion)
}

/** The last play that needs each host. */
function lastPlaysOf(plays: readonly PlannedPlay[]): Map<HostRun, PlannedPlay> {
  const needs = (planned: PlannedPlay) => [...planned.hosts, ...planned.factsFrom]
  return new Map(plays.flatMap((planned) => needs(planned).map((host) => [host, planned] as const)))
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
  const own = tasks.filter(({ implicit }) => !implicit)
  return [...own.flatMap(leaves).map(row(false)), ...play.handlers.flatMap(leaves).map(row(true))]
}

function exitOf(hosts: readonly HostRun[]): number {
  if (hosts.some((host) => host.failed === 'unreachable')) return Exit.unreachable
  if (hosts.some((host) => host.failed === 'failed')) return Exit.failed
  const drifted = hosts.some((host) => host.check && host.tally.changed > 0)
  return drifted ? Exit.drift : Exit.ok
}
