import type { Reporter } from '../core/event.js'
import type { Result } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'
import type { HostRun } from './host.js'
import { eventOf, type Outcome, type Subject, unexpanded } from './outcome.js'

/** What is told of a host's tasks: to the reporters, its tally and its registered variables. */
export class Story {
  /** What is told after an act was. */
  readonly #after = new Map<Act, (() => void)[]>()
  readonly #turns = new Map<Task, Result[]>()

  constructor(
    private readonly host: HostRun,
    private readonly report: Reporter,
  ) {}

  /** @param rescued whether a failure is one that a block's rescue mends */
  tell(subject: Subject, outcome: Outcome, rescued = false): void {
    const { host } = this
    const { task } = subject
    const event = eventOf(subject, host.name, outcome)
    this.report(rescued ? { ...event, rescued } : event)
    if (task.register !== undefined) {
      host.register(task.register, this.#registered(task, outcome.result), task.at)
    }
    if (outcome.status !== 'failed') host.tally[outcome.status]++
    else host.tally[task.ignoreErrors ? 'ignored' : rescued ? 'rescued' : 'failed']++
  }

  /** A task that is over without the host. It is told in its turn: when the act before it is. */
  leave(task: Task, outcome: Outcome, before: Act | undefined): void {
    const { host } = this
    const result = task.loop ? { ...outcome.result, results: [] } : outcome.result
    if (task.register !== undefined) host.register(task.register, result, task.at)
    const tell = () => {
      if (outcome.status !== 'failed') host.tally[outcome.status]++
      this.report(eventOf(unexpanded(task, host.check), host.name, outcome))
    }
    if (before) this.#after.set(before, [...(this.#after.get(before) ?? []), tell])
    else tell()
  }

  after(act: Act): void {
    for (const tell of this.#after.get(act) ?? []) tell()
  }

  /** A loop registers the results of all its turns. */
  #registered(task: Task, result: Result): unknown {
    if (!task.loop) return result
    const results = [...(this.#turns.get(task) ?? []), result]
    this.#turns.set(task, results)
    const any = (key: string) => results.some((one) => one[key] === true)
    return { results, changed: any('changed'), failed: any('failed'), skipped: false }
  }
}
