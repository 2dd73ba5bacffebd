import type { Reporter } from '../core/event.js'
import type { Result } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'
import type { HostRun } from './host.js'
import { eventOf, type Outcome, type Subject, turnOf } from './outcome.js'

/** What is told of a host's tasks: to the reporters, its tally and its registered variables. */
export class Story {
  /** What is told after an act was. */
  readonly #after = new Map<Act, (() => void)[]>()
  readonly #turns = new Map<Task, Result[]>()

  constructor(
    private readonly host: HostRun,
    private readonly report: Reporter,
  ) {}

  /** Keeps an outcome as the task's variable. @returns what it has for a value */
  keep(subject: Subject, outcome: Outcome): Result {
    const { task } = subject
    const value = this.#registered(subject, outcome.result)
    if (task.register !== undefined) this.host.register(task.register, value, task.at)
    return value
  }

  /** @param rescued whether a failure is one that a block's rescue mends */
  tell(subject: Subject, outcome: Outcome, rescued = false): void {
    const { host } = this
    const event = eventOf(subject, host.name, outcome)
    this.report(rescued ? { ...event, rescued } : event)
    const { status } = outcome
    const ignored = status === 'unreachable' || (status === 'failed' && subject.task.ignoreErrors)
    host.tally[ignored ? 'ignored' : rescued ? 'rescued' : status]++
  }

  /** Does something in its turn: when the act before it was told. */
  later(before: Act | undefined, then: () => void): void {
    if (before) this.#after.set(before, [...(this.#after.get(before) ?? []), then])
    else then()
  }

  after(act: Act): void {
    for (const then of this.#after.get(act) ?? []) then()
  }

  /** A loop registers the results of all its turns. */
  #registered(subject: Subject, result: Result): Result {
    const { task, turn } = subject
    if (!task.loop) return result
    if (!turn) return { ...result, results: [] }
    const before = turn.index === 0 ? [] : (this.#turns.get(task) ?? [])
    const results = [...before, { ...result, ...turnOf(subject) }]
    this.#turns.set(task, results)
    const any = (key: string) => results.some((one) => one[key] === true)
    const skipped = results.every((one) => one.skipped === true)
    return { results, changed: any('changed'), failed: any('failed'), skipped }
  }
}
