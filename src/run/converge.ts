import { type DrPlayError, InputError, TaskFailed } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Change, Result } from '../core/resource.js'
import { sh } from '../core/sh.js'
import type { Frame, Mode, Session } from '../core/transport.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import { type Act, expand, type ExpandOptions } from './expand.js'
import { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import { probeParts, type Seen, settledWant } from './observe.js'
import { isJudged, isReal, type Planned, planUpTo, verify } from './plan.js'
import {
  broken,
  eventOf,
  failureOf,
  type Outcome,
  outcomeOf,
  plannedOutcome,
  skipped,
  type Subject,
  unexpanded,
  waitsForPlan,
} from './outcome.js'
import { type Part, trip } from './trip.js'

export interface ConvergeOptions extends ExpandOptions {
  report: Reporter
  /** The play's tasks that --tags and --skip-tags leave; handlers run whatever their tags. */
  tasks: readonly Task[]
}

/** Thrown to end a host's play after its failure was told. */
class HostFailed extends Error {}

/**
 * Brings one host through one play, segment by segment: everything up to a task that needs
 * the outcome of an earlier one is probed in one trip; what is missing is applied, and
 * probed again, in one more. The reader of the playbook sees task after task.
 */
export class Converge {
  readonly #queue: Task[]
  readonly #handlers: Handlers
  readonly #turns = new Map<Task, unknown[]>()
  /** What is told after an act was. */
  readonly #after = new Map<Act, (() => void)[]>()

  constructor(
    private readonly host: HostRun,
    private readonly session: Session,
    private readonly options: ConvergeOptions,
  ) {
    this.#queue = [...options.tasks]
    this.#handlers = new Handlers(host, options)
    this.#handlers.recall()
  }

  /** Resolves when the host is in state, or has failed, which `host.failed` then says. */
  async run(): Promise<void> {
    try {
      while (this.#queue.length > 0 || this.#handlers.due) await this.#settle(this.#take([]))
      await this.#handlers.strike(this.session)
    } catch (error) {
      if (!(error instanceof HostFailed)) throw error
      this.host.failed = 'failed'
    }
  }

  /**
   * The next acts, up to one that must wait for an outcome; after the last task the due
   * handlers.
   *
   * @param before acts under way
   */
  #take(before: readonly Act[]): Act[] {
    const acts: Act[] = []
    if (this.#queue.length === 0) this.#queue.push(...this.#handlers.take())
    while (this.#queue.length > 0) {
      const next = this.#expandNext([...before, ...acts])
      if (!next) break
      acts.push(...next)
    }
    for (const { id, name } of acts)
      this.#tell({ event: 'start', host: this.host.name, id, task: name })
    return acts
  }

  /** The acts of the task at the head of the queue; undefined when it begins a new segment. */
  #expandNext(acts: readonly Act[]): Act[] | undefined {
    const task = this.#queue[0]!
    try {
      const expanded = expand(task, this.host, registers(acts), this.options)
      if (expanded.kind === 'acts' && expanded.acts.some((act) => clashes(act, acts)))
        return undefined
      this.#queue.shift()
      if (expanded.kind === 'acts') return expanded.acts
      if (expanded.kind === 'included') this.#queue.unshift(...expanded.tasks)
      else this.#skip(task, skipped(expanded.because.text), acts.at(-1))
      return []
    } catch (error) {
      // Whatever it is, it is this task's turn only when those before it are done.
      if (acts.length > 0) return undefined
      if (error instanceof NotYet) return this.#leaveOut(task, error)
      if (error instanceof InputError || error instanceof TaskFailed) return this.#fail(task, error)
      throw error
    }
  }

  /** Probes the acts, and applies and verifies until nothing is left to do. */
  async #settle(segment: Act[]): Promise<void> {
    let acts = segment
    let seen: Seen = new Map()
    while (acts.length > 0) {
      const unseen = acts.filter((act) => !seen.has(act))
      await this.#trip(
        probeParts(unseen, seen, (act) => act.want),
        'all',
        acts[0]!,
      )
      const planned = planUpTo(acts, seen)
      let rest = acts.slice(planned.length)
      for (const { act, changes } of planned)
        if (changes.some(isReal) && !isJudged(act.task)) this.#handlers.notify(act.task)
      // The last ones of the play: the handlers are looked at in the trip that applies these.
      if (rest.length === 0 && this.#queue.length === 0) rest = this.#take(acts)
      seen = await this.#apply(planned, rest)
      acts = rest
    }
  }

  /** Applies what is planned, verifies it, and looks at the rest, all in one trip. */
  async #apply(planned: readonly Planned[], rest: readonly Act[]): Promise<Seen> {
    const due = planned.filter(({ act, changes }) => changes.length > 0 && !act.check)
    const seen: Seen = new Map()
    if (due.length === 0) {
      this.#conclude(planned, new Map(), seen)
      return seen
    }
    const frames = new Map<Change, Frame>()
    await this.#upload(due)
    const parts: Part[] = [
      ...due.flatMap(({ act, changes }) => [
        ...(changes.some(isReal) ? this.#handlers.oweParts(act) : []),
        ...changes.map((change) => ({
          script: change.run,
          read: (frame: Frame) => void frames.set(change, frame),
        })),
        ...this.#handlers.strikeParts(act),
      ]),
      ...probeParts(
        due.map(({ act }) => act),
        seen,
        settledWant,
      ),
      ...probeParts(rest, seen, (act) => act.want),
    ]
    await this.#trip(parts, 'until-failure', due[0]!.act)
    await this.#removeUploads(due, frames)
    this.#conclude(planned, frames, seen)
    return seen
  }

  /** Tells how each planned act ended; the first failure that counts ends the host's play. */
  #conclude(planned: readonly Planned[], frames: ReadonlyMap<Change, Frame>, seen: Seen): void {
    for (const plan of planned) {
      const { act } = plan
      const ran = plan.changes.flatMap((change) => frames.get(change) ?? [])
      const outcome = this.#judged(plan, ran, seen)
      if (!outcome) return // A step before it failed, and was told.
      this.#finish(act, outcome)
      for (const tell of this.#after.get(act) ?? []) tell()
    }
  }

  /** A condition on the outcome that cannot be worked out is the task's failure. */
  #judged(plan: Planned, frames: readonly Frame[], seen: Seen): Outcome | undefined {
    try {
      return this.#outcome(plan, frames, seen)
    } catch (error) {
      if (error instanceof InputError) return broken(error)
      throw error
    }
  }

  #outcome(
    { act, changes, have, error }: Planned,
    frames: readonly Frame[],
    seen: Seen,
  ): Outcome | undefined {
    const { check } = act
    if (check && !error && changes.length > 0 && !changes.some(isReal)) {
      if (this.host.tally.changed > 0) return waitsForPlan()
      const [wait] = changes
      return outcomeOf(act, changes, have, [], new TaskFailed(`not so: ${wait!.summary}`))
    }
    if (error || changes.length === 0) return outcomeOf(act, changes, have, frames, error)
    if (check) return plannedOutcome(act, changes.filter(isReal))
    const at = frames.findIndex(({ status }) => status !== 0)
    if (at >= 0) {
      return outcomeOf(act, changes, have, frames, failureOf(changes[at]!, frames[at]!))
    }
    if (frames.length < changes.length) return undefined
    const after = seen.get(act)
    const now = after && 'have' in after ? after.have : have
    return outcomeOf(act, changes, now, frames, verify(act, after))
  }

  #finish(subject: Subject, outcome: Outcome): void {
    const { host } = this
    const { task } = subject
    this.#tell(eventOf(subject, host.name, outcome))
    if (task.register !== undefined) {
      host.register(task.register, this.#registered(task, outcome.result), task.at)
    }
    if (outcome.status === 'changed') this.#handlers.notify(task)
    if (outcome.status !== 'failed') host.tally[outcome.status]++
    else if (task.ignoreErrors) host.tally.ignored++
    else {
      host.tally.failed++
      throw new HostFailed()
    }
  }

  /** A loop registers the results of all its turns. */
  #registered(task: Task, result: Result): unknown {
    if (!task.loop) return result
    const results = [...(this.#turns.get(task) ?? []), result] as Record<string, unknown>[]
    this.#turns.set(task, results)
    const any = (key: string) => results.some((one) => one[key] === true)
    return { results, changed: any('changed'), failed: any('failed'), skipped: false }
  }

  /** In a check run a task may read what nobody did; in a real one it reads what is not there. */
  #leaveOut(task: Task, { message }: NotYet): Act[] {
    if (!this.host.check) return this.#fail(task, new TaskFailed(message))
    this.#queue.shift()
    this.#skip(task, waitsForPlan(), undefined)
    return []
  }

  /** Tells that a task is left out, when the act before it is done. */
  #skip(task: Task, outcome: Outcome, before: Act | undefined): void {
    const { host } = this
    const result = task.loop ? { ...outcome.result, results: [] } : outcome.result
    if (task.register !== undefined) host.register(task.register, result, task.at)
    const tell = () => {
      host.tally.skipped++
      this.#tell(eventOf(unexpanded(task, host.check), host.name, outcome))
    }
    if (before) this.#after.set(before, [...(this.#after.get(before) ?? []), tell])
    else tell()
  }

  #fail(task: Task, error: DrPlayError): Act[] {
    this.#queue.shift()
    this.#finish(unexpanded(task, this.host.check), broken(error))
    return []
  }

  async #upload(due: readonly Planned[]): Promise<void> {
    for (const { act, changes } of due) {
      for (const { upload } of changes) {
        if (upload) await this.session.upload(upload.path, upload.content, act.as)
      }
    }
  }

  /** What was brought for changes that were not come to, because one before them failed. */
  async #removeUploads(due: readonly Planned[], frames: ReadonlyMap<Change, Frame>): Promise<void> {
    const left = due.flatMap(({ changes }) => changes.filter((change) => !frames.has(change)))
    const paths = left.flatMap(({ upload }) => upload?.path ?? [])
    if (paths.length === 0) return
    await this.#trip([{ script: sh`rm -f ${paths}`, read: () => undefined }], 'all', due[0]!.act)
  }

  async #trip(parts: readonly Part[], mode: Mode, { as }: Act): Promise<void> {
    await trip(this.session, [...this.host.pendingParts(as), ...parts], mode, as)
    this.#handlers.recall()
  }

  #tell(event: Parameters<Reporter>[0]): void {
    this.options.report(event)
  }
}

/** Two acts on one thing, or by different users, are done one after the other. */
function clashes(act: Act, acts: readonly Act[]): boolean {
  return acts.some((other) => other.key === act.key || other.as?.user !== act.as?.user)
}

/** The variables that acts under way will set. */
function registers(acts: readonly Act[]): Set<string> {
  return new Set(acts.flatMap(({ task }) => task.register ?? []))
}
