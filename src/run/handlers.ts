import type { Reporter } from '../core/event.js'
import type { Session } from '../core/transport.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import { type Act, type Expanded, expand, type ExpandOptions } from './expand.js'
import { oweStep, strikeStep } from './hello.js'
import type { HostRun } from './host.js'
import { eventOf, skipped, unexpanded } from './outcome.js'
import { type Part, trip } from './trip.js'

/**
 * The handlers of a play on one host: which are due, and the host's own list of those it is
 * still owed. A handler is on the list from before the change that notifies it until after
 * it ran, so a run that breaks in between is finished by the next one.
 */
export class Handlers {
  readonly #due = new Set<Task>()
  /** Run or left out in this play: a handler that notifies itself runs once all the same. */
  readonly #taken = new Set<Task>()
  /** Titles on the host's list. */
  readonly #owed = new Set<string>()

  constructor(
    private readonly host: HostRun,
    private readonly options: ExpandOptions & { report: Reporter },
  ) {
    for (const title of host.pending) {
      const handlers = this.#named(title)
      if (handlers.length === 0) continue
      for (const handler of handlers) this.#due.add(handler)
      this.#owed.add(title)
      const message = `an earlier run broke off before "${title}": it runs now`
      options.report({ event: 'note', host: host.name, message })
    }
  }

  get due(): boolean {
    return this.#due.size > 0
  }

  /** Makes the handlers due that a task with changes names. */
  notify(task: Task): void {
    for (const handler of task.notify.flatMap((name) => this.#named(name))) {
      if (!this.#taken.has(handler)) this.#due.add(handler)
    }
  }

  /**
   * The due handlers' acts, in the order the play lists them.
   *
   * @param pending variables not known yet; a handler that reads one stays due
   */
  take(pending: ReadonlySet<string>): Act[] {
    return this.options.play.handlers
      .filter((handler) => this.#due.has(handler))
      .flatMap((handler) => {
        const expanded = this.#expand(handler, pending)
        if (!expanded) return []
        this.#due.delete(handler)
        this.#taken.add(handler)
        if (expanded.kind === 'acts') return expanded.acts
        if (expanded.kind === 'skipped') this.#tellSkipped(handler, expanded.because.text)
        return []
      })
  }

  /** Notes what a task's change will owe, just before that change. */
  oweParts(task: Task): Part[] {
    const titles = task.notify
      .flatMap((name) => this.#named(name))
      .filter((handler) => !this.#owed.has(handler.title) && this.#runs(handler))
      .map((handler) => handler.title)
    for (const title of titles) this.#owed.add(title)
    return titles.length === 0 ? [] : [{ script: oweStep(titles), read: () => undefined }]
  }

  /** Strikes a handler off the list, just after its change. */
  strikeParts({ title }: Task): Part[] {
    if (!this.#owed.has(title)) return []
    return [{ script: strikeStep([title]), read: () => void this.#owed.delete(title) }]
  }

  /** Strikes off what turned out to need no change. One more trip, when there is any. */
  async strike(session: Session): Promise<void> {
    if (this.host.check || this.#owed.size === 0) return
    const part: Part = { script: strikeStep([...this.#owed]), read: () => this.#owed.clear() }
    await trip(session, [part], 'all')
  }

  #named(name: string): Task[] {
    return this.options.play.handlers.filter(
      ({ title, listen }) => title === name || listen.includes(name),
    )
  }

  #runs(handler: Task): boolean {
    return this.#expand(handler, new Set())?.kind !== 'skipped'
  }

  #expand(handler: Task, pending: ReadonlySet<string>): Expanded | undefined {
    try {
      return expand(handler, this.host, pending, this.options)
    } catch (error) {
      if (error instanceof NotYet) return undefined
      throw error
    }
  }

  #tellSkipped(handler: Task, because: string): void {
    this.host.tally.skipped++
    const subject = unexpanded(handler, this.host.check)
    this.options.report(eventOf(subject, this.host.name, skipped(because)))
  }
}
