import { TaskFailed } from '../core/errors.js'
import { type Act, holds } from './act.js'
import { broken, type Outcome } from './outcome.js'

/** How often the tasks with until, or the turns of their loops, were tried on a host. */
export class Tries {
  readonly #counts = new Map<object, number>()

  /**
   * The outcome of a try, once until holds or was tried often enough.
   *
   * @returns undefined when the task must be tried again
   */
  settle(act: Act, outcome: Outcome): Outcome | undefined {
    const { task } = act
    if (!task.until || act.check) return outcome
    const tried = act.turn ?? task
    const attempts = (this.#counts.get(tried) ?? 0) + 1
    this.#counts.set(tried, attempts)
    const result = { ...outcome.result, attempts }
    const vars = new Map(task.register ? [[task.register, { value: result, at: task.at }]] : [])
    const scope = act.scope().with([{ vars, data: true }])
    const { conditions, retries } = task.until
    if (conditions.every((condition) => holds(condition, scope))) return { ...outcome, result }
    if (attempts <= retries) return undefined
    const missed = `until did not hold after ${attempts} tries: ${conditions[0]!.text}`
    return {
      ...broken(outcome.error ?? new TaskFailed(missed)),
      result: { ...result, failed: true },
    }
  }
}
