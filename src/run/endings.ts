import { type DrPlayError, TaskFailed } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Task } from '../site/model.js'
import type { NotYet } from '../site/scope.js'
import type { Act } from './act.js'
import { gather } from './gather.js'
import type { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import type { Once } from './once.js'
import { broken, type Outcome, type Subject, unexpanded, waitsForPlan } from './outcome.js'
import type { Guard, Queue } from './queue.js'
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
    this.finish(act, outcome, act.guard)
    this.#story.after(act)
  }

  /** @throws Failed when the task did, and no ignore_errors passes over it */
  finish(subject: Subject, outcome: Outcome, guard: Guard | undefined): void {
    const { task } = subject
    const failed = outcome.status === 'failed' && !task.ignoreErrors
    const rescued = failed && this.queue.rescues(guard)
    this.#story.tell(subject, outcome, rescued)
    if (outcome.status === 'changed') this.handlers.notify(task)
    if (task.runOnce) this.options.once.tell(task, failed ? undefined : { value: outcome.result })
    if (!failed) return
    if (rescued) {
      this.host.register('ansible_failed_task', { name: task.name }, task.at)
      this.host.register('ansible_failed_result', outcome.result, task.at)
    }
    throw new Failed(guard)
  }

  /** A task that could not be worked out. @throws Failed */
  fail(task: Task, guard: Guard | undefined, error: DrPlayError): void {
    this.finish(unexpanded(task, this.host.check), broken(error), guard)
  }

  /** A task that is over without the host, told when the act before it is done. */
  leave(task: Task, outcome: Outcome, before: Act | undefined): void {
    if (task.runOnce) this.options.once.tell(task, { value: outcome.result })
    this.#story.leave(task, outcome, before)
  }

  /**
   * In a check run a task may read what nobody did; in a real one it reads what is not there.
   *
   * @throws Failed
   */
  leaveOut(task: Task, guard: Guard | undefined, { message }: NotYet): void {
    if (this.host.check) this.leave(task, waitsForPlan(), undefined)
    else this.fail(task, guard, new TaskFailed(message))
  }
}
