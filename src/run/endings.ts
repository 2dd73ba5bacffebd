import { type DrPlayError, TaskFailed, type Unreachable } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { NotYet } from '../site/scope.js'
import type { Act } from './act.js'
import { gather } from './gather.js'
import type { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import type { Once, Verdict } from './once.js'
import {
  broken,
  type Outcome,
  settled,
  type Subject,
  unexpanded,
  unreached,
  waitsForPlan,
} from './outcome.js'
import { isJudged } from './plan.js'
import type { Due, Guard, Queue } from './queue.js'
import { Story } from './story.js'
import type { Variables } from './variables.js'

export interface EndingsOptions {
  report: Reporter
  once: Once
  variables: Variables
}

/** Thrown when a task failed, to leave the segment it is in. */
export class Failed extends Error {
  constructor(readonly guard: Guard | undefined) {
    super('a task failed')
  }
}

/** How a host's tasks end: told, kept for whoever reads or waits for it, and gone on from. */
export class Endings {
  readonly #story: Story

  constructor(
    private readonly host: HostRun,
    private readonly options: EndingsOptions,
    private readonly queue: Queue,
    private readonly handlers: Handlers,
  ) {
    this.#story = new Story(host, options.report)
  }

  /** An act is over, and what was to be told after it. @throws Failed */
  conclude(act: Act, outcome: Outcome): void {
    gather(act, outcome, this.host, this.options.variables)
    this.finish(act, outcome)
    this.#story.after(act)
  }

  /** @throws Failed when the task did, and no ignore_errors passes over it */
  finish(subject: Subject, outcome: Outcome): void {
    const { task, guard, turn } = subject
    const failed = outcome.status === 'failed' && !task.ignoreErrors
    const rescued = failed && this.queue.rescues(guard)
    const value = this.#story.keep(subject, outcome)
    this.#story.tell(subject, outcome, rescued)
    // Any other task notified when its changes were planned.
    if (outcome.status === 'changed' && isJudged(task)) this.handlers.notify(task)
    if (!turn || turn.last || failed) this.handlers.over(task)
    this.#tellFollowers(subject, failed ? undefined : { value })
    if (!failed) return
    if (rescued) {
      this.host.register('ansible_failed_task', { name: task.name }, task.at)
      this.host.register('ansible_failed_result', outcome.result, task.at)
    }
    throw new Failed(guard)
  }

  /** A task that could not be worked out. @throws Failed */
  fail(due: Due, error: DrPlayError): void {
    this.finish(unexpanded(due, this.host.check), broken(error))
  }

  /** A task whose host could not be reached, which it passes over. */
  lose(due: Due, error: Unreachable): void {
    this.finish(unexpanded(due, this.host.check), unreached(error))
  }

  /** A task that is over without the host, told when the act before it is done. */
  leave(due: Due, outcome: Outcome, before: Act | undefined, name?: string): void {
    const subject = unexpanded(due, this.host.check, name)
    // The results of a loop are kept in its order; others may be read at once.
    if (due.turn) return this.#story.later(before, () => this.finish(subject, outcome))
    this.handlers.over(due.task)
    this.#tellFollowers(subject, { value: this.#story.keep(subject, outcome) })
    this.#story.later(before, () => this.#story.tell(subject, outcome))
  }

  /** A block or an include is no more than what it brings. */
  open(due: Due): void {
    this.handlers.over(due.task)
    this.#story.keep(unexpanded(due, this.host.check), settled())
  }

  /**
   * In a check run a task may read what nobody did; in a real one it reads what is not there.
   *
   * @throws Failed
   */
  leaveOut(due: Due, { message }: NotYet): void {
    if (this.host.check) this.leave(due, waitsForPlan(), undefined)
    else this.fail(due, new TaskFailed(message))
  }

  /** The hosts that wait for a run_once task hear of its end; of a loop, when its last turn is over. */
  #tellFollowers({ task, turn }: Due, verdict: Verdict): void {
    if (task.runOnce && !task.include && (!turn || turn.last || !verdict))
      this.options.once.tell(task, verdict)
  }
}
