import type { Reporter } from '../core/event.js'
import type { Become } from '../core/transport.js'
import type { Task } from '../site/model.js'
import type { Act, ExpandOptions } from './act.js'
import { expand } from './expand.js'
import { oweStep, strikeStep } from './hello.js'
import type { HostRun } from './host.js'
import { must, type Part, trip } from './trip.js'

/**
 * The handlers of a play on one host: which are due, and the host's own list of those it is
 * still owed. A handler is on the list from before the change that notifies it until after
 * it ran, so a run that breaks in between is finished by the next one.
 */
export class Handlers {
  readonly #due = new Set<Task>()
  /** Run or left out in this play: a handler that notifies itself runs once all the same. */
  readonly #taken = new Set<Task>()
  /** Titles on the host's lists, each with the user whose list it is. */
  readonly #owed = new Map<string, Become | undefined>()

  constructor(
    private readonly host: HostRun,
    private readonly options: ExpandOptions & { report: Reporter },
  ) {}

  /** Makes due what an earlier run owes, as far as the host's lists were read. */
  recall(): void {
    for (const [title, as] of this.host.pending) {
      const handlers = this.#named(title)
      if (handlers.length === 0) continue
      for (const handler of handlers) this.#due.add(handler)
      this.host.pending.delete(title)
      this.#owed.set(title, as)
      const message = `an earlier run broke off before "${title}": it runs now`
      this.options.report({ event: 'note', host: this.host.name, message })
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

  /** The due handlers, in the order the play lists them. They are due no more. */
  take(): Task[] {
    const handlers = this.options.play.handlers.filter((handler) => this.#due.has(handler))
    for (const handler of handlers) this.#taken.add(handler)
    this.#due.clear()
    return handlers
  }

  /** Notes what a task's change will owe, just before that change. */
  oweParts({ task, as }: Act): Part[] {
    const titles = task.notify
      .flatMap((name) => this.#named(name))
      .filter((handler) => !this.#owed.has(handler.title) && this.#mayRun(handler))
      .map((handler) => handler.title)
    for (const title of titles) this.#owed.set(title, as)
    return titles.length === 0 ? [] : [must(oweStep(titles), 'note the handlers to run')]
  }

  /** Strikes a handler off the list, just after its change. */
  strikeParts({ task, as }: Act): Part[] {
    const { title } = task
    if (!this.#taken.has(task) || !this.#owed.has(title)) return []
    if (this.#owed.get(title)?.user !== as?.user) return []
    return [must(strikeStep([title]), 'strike a handler', () => void this.#owed.delete(title))]
  }

  /** Strikes off what turned out to need no change. One more trip a user, when there is any. */
  async strike(): Promise<void> {
    const { check, session } = this.host
    if (check || !session) return
    const users = new Map([...this.#owed.values()].map((as) => [as?.user, as]))
    for (const [user, as] of users) {
      const titles = [...this.#owed].filter(([, other]) => other?.user === user)
      await trip(
        session,
        [must(strikeStep(titles.map(([title]) => title)), 'strike handlers')],
        'all',
        as,
      )
    }
    this.#owed.clear()
  }

  #named(name: string): Task[] {
    return this.options.play.handlers.filter(
      ({ title, listen }) => title === name || listen.includes(name),
    )
  }

  #mayRun(handler: Task): boolean {
    try {
      return expand({ task: handler }, this.host, new Set(), this.options).kind !== 'skipped'
    } catch {
      return true // What is wrong with it is told when its turn comes.
    }
  }
}
