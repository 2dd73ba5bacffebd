import { setTimeout as sleep } from 'node:timers/promises'
import { type DrPlayError, InputError, Interrupted, TaskFailed } from '../core/errors.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import type { Act, ExpandOptions } from './act.js'
import { delegateOf, expand } from './expand.js'
import { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import { judge } from './judge.js'
import type { Seen } from './observe.js'
import type { Once } from './once.js'
import {
  broken,
  type Outcome,
  settled,
  skipped,
  type Subject,
  unexpanded,
  waitsForPlan,
} from './outcome.js'
import { isJudged, isReal, type Planned, planUpTo } from './plan.js'
import { type Guard, type Item, Queue } from './queue.js'
import { Story } from './story.js'
import { clashes, registers, standsAlone } from './together.js'
import { Tries } from './tries.js'
import { type Applied, Trips, type TripsOptions } from './trips.js'

export interface ConvergeOptions extends ExpandOptions, TripsOptions {
  signal: AbortSignal
  /** The play's tasks that --tags and --skip-tags leave; handlers run whatever their tags. */
  tasks: readonly Task[]
  once: Once
  /** Connects to a host that delegate_to names. */
  delegate: (name: string, at: Task['at']) => Promise<HostRun>
  /** Whether the play was ended for all: another host failed, under any_errors_fatal. */
  ended: () => boolean
}

/** Thrown when a task failed, to leave the segment it is in. */
class Failed extends Error {
  constructor(readonly guard: Guard | undefined) {
    super('a task failed')
  }
}

/** Thrown when an until does not hold yet. */
class Again extends Error {
  constructor(readonly item: Item & { kind: 'task' }) {
    super('not yet')
  }
}

/**
 * Brings one host through one play, segment by segment: everything up to a task that needs
 * the outcome of an earlier one is probed in one trip; what is missing is applied, and
 * probed again, in one more. The reader of the playbook sees task after task.
 */
export class Converge {
  readonly #queue: Queue
  readonly #handlers: Handlers
  readonly #story: Story
  readonly #trips: Trips
  readonly #tries = new Tries()

  constructor(
    private readonly host: HostRun,
    private readonly options: ConvergeOptions,
  ) {
    this.#queue = new Queue(options.tasks, options.selected)
    this.#handlers = new Handlers(host, options)
    this.#story = new Story(host, options.report)
    this.#trips = new Trips(host, this.#handlers, options)
    this.#handlers.recall()
  }

  /** Resolves when the host is in state, or has failed, which `host.failed` then says. */
  async run(): Promise<void> {
    try {
      while ((!this.#queue.empty || this.#handlers.due) && !this.options.ended()) await this.#step()
      if (!this.options.ended()) await this.#handlers.strike()
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      this.host.failed = 'failed'
    }
  }

  /** One segment; a failure in it goes on with a rescue or an always, where there is one. */
  async #step(): Promise<void> {
    try {
      const acts = await this.#take([])
      await this.#settle(acts)
    } catch (error) {
      if (error instanceof Again) {
        await this.#pause(error.item.task.until!.delay)
        this.#queue.unshift([error.item.task], error.item.guard)
        return
      }
      if (!(error instanceof Failed) || !this.#queue.fail(error.guard)) throw error
    }
  }

  /**
   * The next acts, up to one that must wait for an outcome; after the last task the due
   * handlers.
   *
   * @param before acts under way
   */
  async #take(before: readonly Act[]): Promise<Act[]> {
    const acts: Act[] = []
    if (this.#queue.empty) this.#queue.unshift(this.#handlers.take(), undefined)
    for (let item = this.#queue.head; item; item = this.#queue.head) {
      const next = await this.#expandNext(item, [...before, ...acts])
      if (!next) break
      acts.push(...next)
    }
    for (const { id, name } of acts) {
      this.options.report({ event: 'start', host: this.host.name, id, task: name })
    }
    return acts
  }

  /** The acts of the item at the head of the queue; undefined when it begins a new segment. */
  async #expandNext(item: Item, acts: readonly Act[]): Promise<readonly Act[] | undefined> {
    if (acts.length > 0 && (item.kind === 'unrescued' || standsAlone(item.task, acts)))
      return undefined
    if (item.guard !== (acts.length > 0 ? acts[0]!.guard : item.guard)) return undefined
    if (item.kind === 'unrescued') {
      this.#queue.shift()
      throw new Failed(item.guard)
    }
    const { task, guard } = item
    if (task.runOnce && this.options.once.leader !== this.host.name)
      return this.#follow(task, guard)
    try {
      return await this.#expand(task, guard, acts)
    } catch (error) {
      // Whatever it is, it is this task's turn only when those before it are done.
      if (acts.length > 0) return undefined
      if (error instanceof NotYet && !this.host.facts) {
        await this.options.greet()
        return []
      }
      if (error instanceof NotYet) return this.#leaveOut(task, guard, error)
      if (error instanceof InputError || error instanceof TaskFailed) {
        return this.#fail(task, guard, error)
      }
      throw error
    }
  }

  async #expand(
    task: Task,
    guard: Guard | undefined,
    acts: readonly Act[],
  ): Promise<readonly Act[] | undefined> {
    const pending = registers(acts)
    const delegate = delegateOf(task, this.host, pending, this.options)
    const on =
      delegate === undefined
        ? this.host
        : await this.options.delegate(delegate, task.delegateTo!.at)
    const expanded = expand(task, this.host, pending, this.options, on)
    const last = acts.at(-1)
    switch (expanded.kind) {
      case 'acts': {
        const own = expanded.acts.map((act) => ({ ...act, guard }))
        if (own.some((act) => clashes(act, acts))) return undefined
        this.#queue.shift()
        return own
      }
      case 'included':
        this.#queue.shift()
        this.#queue.unshift(expanded.tasks, guard)
        return []
      case 'block':
        if (acts.length > 0) return undefined
        this.#queue.shift()
        this.#queue.open(expanded.block, guard)
        return []
      case 'skipped':
        this.#queue.shift()
        this.#leave(task, skipped(expanded.because.text), last)
        return []
      case 'facts':
        this.#queue.shift()
        for (const [name, value] of Object.entries(expanded.values)) {
          this.host.register(name, value, task.at)
        }
        this.#leave(task, settled({ ansible_facts: expanded.values }), last)
        return []
      case 'pause':
        if (acts.length > 0) return undefined
        this.#queue.shift()
        if (!this.host.check) await this.#pause(expanded.seconds)
        this.#leave(task, settled(), last)
        return []
      case 'meta':
        if (acts.length > 0) return undefined
        this.#queue.shift()
        if (expanded.action === 'flush_handlers') this.#queue.unshift(this.#handlers.take(), guard)
        else if (expanded.action !== 'noop') this.#queue.clear()
        return []
    }
  }

  /** Probes the acts, and applies and verifies until nothing is left to do. */
  async #settle(segment: readonly Act[]): Promise<void> {
    let acts = segment
    let seen: Seen = new Map()
    while (acts.length > 0) {
      await this.#trips.look(acts, seen)
      const planned = planUpTo(acts, seen)
      let rest = acts.slice(planned.length)
      for (const { act, changes } of planned) {
        if (changes.some(isReal) && !isJudged(act.task)) this.#handlers.notify(act.task)
      }
      // The last ones of the play: the handlers are looked at in the trip that applies these.
      if (rest.length === 0 && this.#queue.empty) rest = await this.#take(acts)
      const applied = await this.#trips.apply(planned, rest)
      this.#conclude(planned, applied)
      seen = applied.seen
      acts = rest
    }
  }

  /** Tells how each planned act ended; the first failure that counts ends the segment. */
  #conclude(planned: readonly Planned[], { frames, seen }: Applied): void {
    for (const plan of planned) {
      const { act } = plan
      const ran = plan.changes.flatMap((change) => frames.get(change) ?? [])
      const outcome = judge(plan, ran, seen, this.host.tally.changed > 0)
      if (!outcome) return // A step before it failed, and was told.
      const final = this.#tries.settle(act, outcome)
      if (!final) throw new Again({ kind: 'task', task: act.task, guard: act.guard })
      this.#finish(act, final, act.guard)
      this.#story.after(act)
    }
  }

  #finish(subject: Subject, outcome: Outcome, guard: Guard | undefined): void {
    const { task } = subject
    const failed = outcome.status === 'failed' && !task.ignoreErrors
    const rescued = failed && this.#queue.rescues(guard)
    this.#story.tell(subject, outcome, rescued)
    if (outcome.status === 'changed') this.#handlers.notify(task)
    if (task.runOnce) this.options.once.tell(task, failed ? undefined : { value: outcome.result })
    if (!failed) return
    if (rescued) {
      this.host.register('ansible_failed_task', { name: task.name }, task.at)
      this.host.register('ansible_failed_result', outcome.result, task.at)
    }
    throw new Failed(guard)
  }

  /** What the first host of the batch did for all of them. */
  async #follow(task: Task, guard: Guard | undefined): Promise<readonly Act[]> {
    const { leader } = this.options.once
    this.#queue.shift()
    const verdict = await this.options.once.verdict(task)
    if (!verdict) {
      const error = new TaskFailed(`${leader} was to do this for all, and did not`)
      this.#finish(unexpanded(task, this.host.check), broken(error), guard)
    } else if (task.register !== undefined) {
      this.host.register(task.register, verdict.value, task.at)
    }
    return []
  }

  /** In a check run a task may read what nobody did; in a real one it reads what is not there. */
  #leaveOut(task: Task, guard: Guard | undefined, { message }: NotYet): readonly Act[] {
    if (!this.host.check) return this.#fail(task, guard, new TaskFailed(message))
    this.#queue.shift()
    this.#leave(task, waitsForPlan(), undefined)
    return []
  }

  /** A task that is over without the host, told when the act before it is done. */
  #leave(task: Task, outcome: Outcome, before: Act | undefined): void {
    if (task.runOnce) this.options.once.tell(task, { value: outcome.result })
    this.#story.leave(task, outcome, before)
  }

  #fail(task: Task, guard: Guard | undefined, error: DrPlayError): readonly Act[] {
    this.#queue.shift()
    this.#finish(unexpanded(task, this.host.check), broken(error), guard)
    return []
  }

  async #pause(seconds: number): Promise<void> {
    try {
      await sleep(seconds * 1000, undefined, { signal: this.options.signal })
    } catch {
      throw new Interrupted()
    }
  }
}
