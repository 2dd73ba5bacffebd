import type { Reporter } from '../core/event.js'
import type { Task } from '../site/model.js'
import type { Act, ExpandOptions } from './act.js'
import { expand, type Expanded } from './expand.js'
import { handlersNamed } from './handler-names.js'
import { oweStep, strikeStep } from './hello.js'
import type { HostRun } from './host.js'
import { type Listed, mayBeOf, means, named, owedLine } from './owed.js'
import type { PlannedPlay } from './preflight.js'
import type { Queue } from './queue.js'
import { Spared } from './spared.js'
import { must, type Part, trip } from './trip.js'

export interface HandlersOptions extends ExpandOptions {
  /** All plays of the run. */
  plays: readonly PlannedPlay[]
  report: Reporter
}

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
  /** What of the host's lists this play answers for, each with its handler. */
  readonly #owed = new Map<Listed, Task>()
  /** What the trip under way adds to them, as far as it is not known to have come to that. */
  readonly #added = new Map<Listed, Task>()
  /** What it strikes off. */
  readonly #struck = new Set<Listed>()

  readonly spared: Spared

  constructor(
    private readonly host: HostRun,
    private readonly options: HandlersOptions,
    private readonly queue: Queue,
  ) {
    this.spared = new Spared(this.#due, (handler) => this.#expanded(handler))
  }

  /** Makes due what an earlier run owes, as far as the host's lists were read. */
  recall(): void {
    for (const owed of this.host.pending) {
      const handlers = this.#all.filter((handler) => means(owed, handler, this.options))
      for (const handler of handlers) this.#due.add(handler)
      // An old line may be the name of several: it is struck off after the last of them.
      const last = handlers.at(-1)
      if (!last) continue
      this.#owed.set(owed, last)
      this.host.pending.delete(owed)
      this.#note(`an earlier run broke off before ${named(owed)}: it runs now`)
    }
  }

  /** Tells what an earlier run owes that neither this play nor a later one has a handler for. */
  tellForeign(): void {
    const { plays, play, files } = this.options
    const own = plays.findIndex((planned) => planned.play === play)
    const later = plays.slice(own + 1).filter(({ hosts }) => hosts.includes(this.host))
    for (const owed of this.host.pending) {
      if (later.some((planned) => mayBeOf(owed, { ...planned, plays, files }))) continue
      this.host.pending.delete(owed)
      this.#note(
        `an earlier run broke off before ${named(owed)}, and still owes it: run that playbook again; ` +
          'if it has no such handler any more, do its work, and take its line out of the list (pending in /var/lib/dr-play)',
      )
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
    for (const owed of this.#owedOf(task)) this.#owed.delete(owed)
  }

  #take(handler: Task): Task {
    this.#coming.add(handler)
    this.#taken.set(handler, (this.#taken.get(handler) ?? 0) + 1)
    return handler
  }

  get #all(): readonly Task[] {
    return this.options.play.handlers
  }

  /** What is on the host's lists for a handler, when the trip under way is over. */
  #owedOf(task: Task): Listed[] {
    const all = [...this.#owed, ...this.#added]
    return all.flatMap(([listed, handler]) =>
      handler === task && !this.#struck.has(listed) ? [listed] : [],
    )
  }

  /** Notes what a task's change will owe, just before that change. */
  oweParts({ task, as }: Act): Part[] {
    const handlers = task.notify
      .flatMap((name) => handlersNamed(name, this.#all))
      .filter((handler) => this.#owedOf(handler).length === 0)
      .filter((handler) => this.#mayRun(handler))
    const lines = new Map(
      [...new Set(handlers)].map((handler) => [
        { line: owedLine(handler, this.options), as },
        handler,
      ]),
    )
    if (lines.size === 0) return []
    for (const [listed, handler] of lines) this.#added.set(listed, handler)
    const note = () => {
      for (const [listed, handler] of lines) this.#owed.set(listed, handler)
    }
    const script = oweStep([...lines.keys()].map(({ line }) => line))
    return [must(script, 'note the handlers to run', note)]
  }

  /** Strikes a handler off the list, just after its change. */
  strikeParts({ task, as }: Act): Part[] {
    if (!this.#coming.has(task)) return []
    const listed = this.#owedOf(task).filter((each) => each.as?.user === as?.user)
    if (listed.length === 0) return []
    for (const each of listed) this.#struck.add(each)
    const strike = () => {
      for (const each of listed) this.#owed.delete(each)
    }
    return [must(strikeStep(listed.map(({ line }) => line)), 'strike a handler', strike)]
  }

  /** A trip that changed something is over, or broke off: what it did not come to is not done. */
  settle(): void {
    this.#added.clear()
    this.#struck.clear()
  }

  /** Strikes off what turned out to need no change. One more trip a user, when there is any. */
  async strike(): Promise<void> {
    const { check, session } = this.host
    if (check || !session) return
    const users = new Map([...this.#owed.keys()].map(({ as }) => [as?.user, as]))
    for (const [user, as] of users) {
      const own = [...this.#owed.keys()].filter((listed) => listed.as?.user === user)
      const lines = own.map(({ line }) => line)
      await trip(session, [must(strikeStep(lines), 'strike handlers')], 'all', as)
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

  #note(message: string): void {
    this.options.report({ event: 'note', host: this.host.name, message })
  }
}
