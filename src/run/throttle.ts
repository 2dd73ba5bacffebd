import pLimit, { type LimitFunction } from 'p-limit'
import { where } from '../core/errors.js'
import type { Task } from '../site/model.js'
import { isQuestion } from './questions.js'

/** Lets no more hosts of a batch into a task at once than its `throttle` says. */
export class Throttle {
  readonly #gates = new Map<string, LimitFunction>()

  /**
   * Waits for a place in the task, and keeps it for the time of the work. A run_once task is one
   * host's in any case, and the others, who wait for that host, must not stand in its way; nor
   * where all have to meet, before a question.
   */
  through<T>(task: Task, work: () => Promise<T>): Promise<T> {
    if (!task.throttle || task.runOnce || isQuestion(task)) return work()
    const key = `${where(task.at)} ${task.name}`
    const gate = this.#gates.get(key) ?? pLimit(task.throttle)
    this.#gates.set(key, gate)
    return gate(work)
  }
}
