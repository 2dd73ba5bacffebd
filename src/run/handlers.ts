import type { Reporter } from '../core/event.js'
import type { Become } from '../core/transport.js'
import type { Task } from '../site/model.js'
import type { Act, ExpandOptions } from './act.js'
import { expand, type Expanded } from './expand.js'
import { handlersNamed } from './handler-names.js'
import { oweStep, strikeStep } from './hello.js'
import type { HostRun } from './host.js'
import type { Queue } from './queue.js'
import { Spared } from './spared.js'
import { must, type Part, trip } from './trip.js'

/**
 * The handlers of a play on one host: which are due, and the host's own list of those it is
 * still owed. A handler is on the list from before the change that notifies it until after
 * it ran, so a run that breaks in between is finished by the next one.
 */
export class Handlers {
  readonly #due = new Set<Task>()
  /** Taken to be run, and not over yet. */
  readonly #coming = new Set<Task>()
  /** How often each was taken since the last task notified any. */
  readonly #taken = new Map<Task, number>()
  /** Names on the host's lists, each with the user whose list it is. */
  readonly #owed = new Map<string, Become | undefined>()
  /** Those of them that the trip under way strikes off. */
  readonly #struck = new Set<string>()

  readonly spared: Spared

  constructor(
    private readonly host: HostRun,
    private readonly options: ExpandOptions & { report: Reporter },
    private readonly queue: Queue,
  ) {
    this.spared = new Spared(this.#due, (handler) => this.#expanded(handler))
  }

  /** Makes due what an earlier run owes, as far as the host's lists were read. */
  recall(): void {
    for (const [name, as] of this.host.pending) {
      const handlers = this.#all.filter((handler) => handler.name === name)
      if (handlers.length === 0) continue
      for (const handler of handlers) this.#due.add(handler)
      this.host.pending.delete(name)
      this.#owed.set(name, as)
      const message = `an earlier run broke off before "${name}": it runs now`
      this.options.report({ event: 'note', host: this.host.name, message })
    }
  }

  get due(): boolean {
    return this.#due.size > 0
  }

  /**
   * Makes the handlers due that a task with changes names. One that a handler names runs after
   * it, in its place; or, where that place is past, once more: two that name each other must
   * come to an end.
   */
  notify(by: Task): void {
    const place = this.#all.indexOf(by)
    if (place < 0) this.#taken.clear()
    for (const handler of by.notify.flatMap((name) => handlersNamed(name, this.#all))) {
      if (handler === by || this.#coming.has(handler)) continue
      if ((this.#taken.get(handler) ?? 0) > 1) continue
      if (place < 0 || this.#all.indexOf(handler) < place) this.#due.add(handler)
      else this.queue.slipIn(this.#take(handler), this.#all)
    }
  }

  /** The due handlers, in the order the play lists them. They are due no more. */
  take(): Task[] {
    const handlers = this.#all.filter((handler) => this.#due.has(handler))
    this.#due.clear()
    return handlers.map((handler) => this.#take(handler))
  }

  /** Whether a task under way is a handler that may notify others, which then come right after it. */
  mayNotify(task: Task): boolean {
    return task.notify.length > 0 && this.#coming.has(task)
  }

  /** A handler has run, or was left out: it may be notified again. */
  over(task: Task): void {
    this.#coming.delete(task)
  }

  /** It is not to run now: the host goes on owing it. */
  decline(task: Task): void {
    if (!this.#coming.delete(task)) return
    this.#owed.delete(task.name)
  }

  #take(handler: Task): Task {
    this.#coming.add(handler)
    this.#taken.set(handler, (this.#taken.get(handler) ?? 0) + 1)
    return handler
  }

  get #all(): readonly Task[] {
    return this.options.play.handlers
  }

  /** Notes what a task's change will owe, just before that change. */
  oweParts({ task, as }: Act): Part[] {
    const names = task.notify
      .flatMap((name) => handlersNamed(name, this.#all))
      .filter(({ name }) => !this.#owed.has(name) || this.#struck.has(name))
      .filter((handler) => this.#mayRun(handler))
      .map(({ name }) => name)
    if (names.length === 0) return []
    const note = () => {
      for (const name of names) {
        this.#owed.set(name, as)
        this.#struck.delete(name)
      }
    }
    note()
    return [must(oweStep(names), 'note the handlers to run', note)]
  }

  /** Strikes a handler off the list, just after its change. */
  strikeParts({ task, as }: Act): Part[] {
    const { name } = task
    if (!this.#coming.has(task) || !this.#owed.has(name)) return []
    if (this.#owed.get(name)?.user !== as?.user) return []
    this.#struck.add(name)
    const strike = () => {
      this.#owed.delete(name)
      this.#struck.delete(name)
    }
    return [must(strikeStep([name]), 'strike a handler', strike)]
  }

  /** Strikes off what turned out to need no change. One more trip a user, when there is any. */
  async strike(): Promise<void> {
    const { check, session } = this.host
    if (check || !session) return
    const users = new Map([...this.#owed.values()].map((as) => [as?.user, as]))
    for (const [user, as] of users) {
      const own = [...this.#owed].filter(([, other]) => other?.user === user)
      const names = own.map(([name]) => name)
      await trip(session, [must(strikeStep(names), 'strike handlers')], 'all', as)
    }
    this.#owed.clear()
  }

  #mayRun(handler: Task): boolean {
    return this.#expanded(handler)?.kind !== 'skipped'
  }

  /** Undefined: something is wrong with it, which is told when its turn comes. */
  #expanded(handler: Task): Expanded | undefined {
    try {
      return expand({ task: handler }, this.host, new Set(), this.options)
    } catch {
      return undefined
    }
  }
}
