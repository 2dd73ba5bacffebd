import { InputError, InputErrors, type Position, TaskFailed, where } from '../core/errors.js'
import { everyTask, plainlyIncluded } from '../site/every-task.js'
import type { Play, Task } from '../site/model.js'
import { leaves } from '../site/tasks.js'
import { NotYet } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import { type ExpandOptions, holds } from './act.js'
import { delegateOf, expand } from './expand.js'
import { expectRegisters } from './expectations.js'
import { takeIn, unknownHandlers } from './handler-names.js'
import type { HostRun } from './host.js'
import type { Due } from './queue.js'
import { wrongVars } from './role-vars.js'

/** A play with the hosts it will run on, and its tasks after --tags. */
export interface PlannedPlay {
  play: Play
  hosts: readonly HostRun[]
  tasks: readonly Task[]
  /** The hosts whose facts it reads, in the run or not. */
  factsFrom: readonly HostRun[]
  /** The play's batch sizes, rendered. */
  serial: readonly (number | string)[]
}

interface TrialOptions extends ExpandOptions {
  /** Whether somebody is there to answer a question. */
  canAsk: boolean
  /** @throws InputError when the inventory has no such host */
  checkDelegate: (name: string, at: Position) => void
}

/**
 * Works out everything that can be worked out before a host is contacted: the variables of
 * the roles against their schemas, and every task's conditions, arguments and templates.
 * What needs a host's facts, or a result, is left for later.
 *
 * @param given the variables that the user set for a host, from weak to strong
 * @throws InputErrors with everything that is wrong, each thing once
 */
export function preflight(
  plays: readonly PlannedPlay[],
  options: Omit<TrialOptions, 'play'>,
  given: (host: string) => readonly Vars[],
): void {
  const found = new Findings()
  const hostCount = new Set(plays.flatMap(({ hosts }) => hosts)).size
  for (const { play, hosts } of plays) {
    for (const host of hosts) {
      const errors = wrongVars(play.roles, host, { ...options, play }, given(host.name))
      for (const error of errors) found.add(error, host)
    }
  }
  // What tasks would say of a wrong variable, on this host or another, was said better here.
  found.throwIfAny(hostCount)
  expectRegisters(plays, options)
  bringPlainly(plays)
  for (const { play, hosts, tasks } of plays) {
    for (const host of hosts) {
      const trial = { host, options: { ...options, play }, given: given(host.name), found }
      tryPlay(play, trial)
      for (const task of tasks) tryTask({ task }, trial)
      // With those of the roles that were included.
      for (const task of play.handlers) tryTask({ task }, trial)
    }
  }
  for (const host of plays.flatMap(({ hosts }) => hosts)) host.expect(undefined)
  options.variables.expectElsewhere(undefined)
  checkHandlers(plays, found)
  found.throwIfAny(hostCount)
}

const UNASKED = 'give it seconds or minutes, or leave it out with --skip-tags'

/** Gives the plays what their includes bring, where no host is needed to tell what that is. */
export function bringPlainly(plays: readonly PlannedPlay[]): void {
  for (const { play } of plays) {
    for (const task of everyTask(play)) {
      const included = plainlyIncluded(task)
      if (included) takeIn(play, task, included)
    }
  }
}

/** A file may include itself, but not for ever. */
const DEEP = 50

/** What tasks are tried with on a host. */
interface Trial {
  host: HostRun
  options: TrialOptions
  given: readonly Vars[]
  found: Findings
}

/** Its own condition. */
function tryPlay({ when }: Play, { host, options, found }: Trial): void {
  try {
    const scope = options.variables.scope(host.name, options.play)
    when.every((condition) => holds(condition, scope))
  } catch (error) {
    if (error instanceof InputError) found.add(error, host)
    else if (!(error instanceof NotYet)) throw error
  }
}

/** @param depth of the includes that it is in */
function tryTask(due: Due, trial: Trial, depth = 0): void {
  const { task } = due
  const { host, options, given, found } = trial
  try {
    const expanded = expand(due, host, new Set(), options)
    if (expanded.kind === 'turns') {
      for (const turn of expanded.turns) tryTask({ task, turn }, trial, depth)
    } else if (expanded.kind === 'act') {
      const delegate = delegateOf(due, host, new Set(), options)
      if (delegate !== undefined) options.checkDelegate(delegate, task.delegateTo!.at)
    } else if (expanded.kind === 'pause') {
      if (expanded.seconds === undefined && !options.canAsk && !host.check) {
        throw new InputError(task.at, 'pause asks, and there is no terminal to answer on', UNASKED)
      }
    } else if (expanded.kind === 'block') {
      for (const each of leaves(task)) tryTask({ task: each }, trial, depth)
    } else if (expanded.kind === 'included') {
      const { tasks, uses } = expanded
      if (depth === DEEP && tasks.length > 0) {
        throw new InputError(task.at, `this includes itself, more than ${DEEP} times over`)
      }
      const errors = wrongVars(uses, host, options, given)
      for (const error of errors) found.add(error, host)
      if (errors.length > 0) return
      for (const each of tasks) tryTask({ task: each }, trial, depth + 1)
    }
  } catch (error) {
    if (error instanceof NotYet) return
    if (error instanceof InputError) found.add(error, host)
    else if (error instanceof InputErrors) for (const each of error.errors) found.add(each, host)
    else if (error instanceof TaskFailed) {
      found.add(new InputError(error.at ?? task.at, error.message, error.hint), host)
    } else throw error
  }
}

function checkHandlers(plays: readonly PlannedPlay[], found: Findings): void {
  for (const { play } of plays) {
    for (const task of everyTask(play)) {
      for (const error of unknownHandlers(task, play.handlers)) found.add(error, undefined)
    }
  }
}

/** Errors, each once, with the hosts it was found for. */
class Findings {
  readonly #found = new Map<string, { error: InputError; hosts: Set<HostRun> }>()

  add(error: InputError, host: HostRun | undefined): void {
    const key = `${error.at ? where(error.at) : ''} ${error.message}`
    const entry = this.#found.get(key) ?? { error, hosts: new Set() }
    if (host) entry.hosts.add(host)
    this.#found.set(key, entry)
  }

  throwIfAny(hostCount: number): void {
    const errors = [...this.#found.values()].map(({ error, hosts }) => {
      if (hosts.size === 0 || hosts.size === hostCount) return error
      const names = [...hosts].map(({ name }) => name).slice(0, 5)
      const more = hosts.size > names.length ? ` and ${hosts.size - names.length} more` : ''
      return new InputError(
        error.at,
        `${error.message} (for ${names.join(', ')}${more})`,
        error.hint,
      )
    })
    if (errors.length > 0) throw new InputErrors(errors)
  }
}
