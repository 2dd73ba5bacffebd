import { Unreachable } from '../core/errors.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'
import { Endings, Failed } from './endings.js'
import { Handlers, type HandlersOptions } from './handlers.js'
import type { HostRun } from './host.js'
import { judge } from './judge.js'
import type { Seen } from './observe.js'
import { unreached } from './outcome.js'
import { pause } from './pause.js'
import { isJudged, isReal, type Planned, planUpTo } from './plan.js'
import { type Due, Queue } from './queue.js'
import { Segments, type SegmentsOptions } from './segments.js'
import type { Throttle } from './throttle.js'
import { Tries } from './tries.js'
import { type Applied, Trips } from './trips.js'

export interface ConvergeOptions extends SegmentsOptions, HandlersOptions {
  /** The play's tasks that --tags and --skip-tags leave; handlers run whatever their tags. */
  tasks: readonly Task[]
  throttle: Throttle
  /** Whether the play was ended for all: another host failed, under any_errors_fatal. */
  ended: () => boolean
}

/** Thrown when an until does not hold yet. */
class Again extends Error {
  constructor(readonly act: Act) {
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
  readonly #endings: Endings
  readonly #segments: Segments
  readonly #trips: Trips
  readonly #tries = new Tries()

  constructor(
    private readonly host: HostRun,
    private readonly options: ConvergeOptions,
  ) {
    this.#queue = new Queue(options.tasks, options.selected)
    this.#handlers = new Handlers(host, options, this.#queue)
    this.#endings = new Endings(host, options, this.#queue, this.#handlers)
    this.#segments = new Segments(host, options, this.#queue, this.#handlers, this.#endings)
    this.#trips = new Trips(host, this.#handlers, options)
    this.#handlers.recall()
  }

  /** Resolves when the host is in state, or has failed, which `host.failed` then says. */
  async run(): Promise<void> {
    while (this.#goesOn && (!this.#queue.empty || this.#handlers.due)) {
      const { head } = this.#segments
      if (head?.kind !== 'task') await this.#step()
      else await this.#enter(head)
    }
    if (!this.#goesOn) return
    this.#handlers.tellForeign()
    await this.#handlers.strike()
  }

  get #goesOn(): boolean {
    return !this.host.failed && !this.options.ended()
  }

  /** One task, or those that go together from here on: where --step asks, and by their throttle. */
  async #enter(due: Due): Promise<void> {
    const { steps, throttle } = this.options
    if (!steps || (await steps.allows(this.host.name, due))) {
      return await throttle.through(due.task, () => this.#step())
    }
    this.#queue.shift()
    this.#handlers.decline(due.task)
  }

  /** One segment; a failure in it goes on with a rescue or an always, where there is one. */
  async #step(): Promise<void> {
    // The play may have ended while this host waited to be let into its task.
    if (!this.#goesOn) return
    try {
      await this.#settle(await this.#segments.take([]))
    } catch (error) {
      if (error instanceof Again) return await this.#tryAgain(error.act)
      if (!(error instanceof Failed)) throw error
      if (!this.#queue.fail(error.guard)) this.host.failed = 'failed'
    }
  }

  async #tryAgain(act: Act): Promise<void> {
    await pause(act.task.until!.delay, this.options.signal)
    this.#queue.put([act])
    await this.#step()
  }

  /** The acts of a segment; those that may be lost with their host are, and the play goes on. */
  async #settle(acts: readonly Act[]): Promise<void> {
    const left = new Set(acts)
    try {
      await this.#converge(acts, left)
    } catch (error) {
      const [first] = left
      if (!(error instanceof Unreachable) || !first?.task.ignoreUnreachable) throw error
      first.on.lose()
      for (const act of left) this.#endings.conclude(act, unreached(error))
    }
  }

  /**
   * Probes the acts, and applies and verifies until nothing is left to do.
   *
   * @param left those of them that were not told of yet
   */
  async #converge(segment: readonly Act[], left: Set<Act>): Promise<void> {
    let acts = segment
    let seen: Seen = this.options.foresight?.use(segment) ?? new Map<Act, never>()
    while (acts.length > 0) {
      await this.#trips.look(acts, seen)
      const planned = planUpTo(acts, seen)
      let rest = acts.slice(planned.length)
      for (const plan of planned) {
        const { act, changes } = plan
        if (!changes.some(isReal) || isJudged(act.task)) continue
        this.#handlers.notify(act.task)
        this.#handlers.spared.consider(plan)
      }
      // The last ones of the play: the handlers are looked at in the trip that applies these.
      if (rest.length === 0 && this.#queue.empty) {
        rest = await this.#segments.take(acts)
        for (const act of rest) left.add(act)
      }
      const applied = await this.#trips.apply(planned, rest)
      this.#handlers.spared.settle(applied.frames)
      this.#conclude(planned, applied, left)
      seen = applied.seen
      acts = rest
    }
  }

  /** Tells how each planned act ended; the first failure that counts ends the segment. */
  #conclude(planned: readonly Planned[], { frames, seen }: Applied, left: Set<Act>): void {
    for (const plan of planned) {
      const { act } = plan
      const ran = plan.changes.flatMap((change) => frames.get(change) ?? [])
      const outcome = judge(plan, ran, seen, this.host.tally.changed > 0)
      if (!outcome) return // A step before it failed, and was told.
      const final = this.#tries.settle(act, outcome)
      if (!final) throw new Again(act)
      left.delete(act)
      this.#endings.conclude(act, final)
    }
  }
}
