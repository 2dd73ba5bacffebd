import { type DrPlayError, InputError, TaskFailed } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Change } from '../core/resource.js'
import { sh } from '../core/sh.js'
import type { Frame, Session } from '../core/transport.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import { type Act, expand, type ExpandOptions } from './expand.js'
import { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import { probeParts, type Seen, settledWant } from './observe.js'
import {
  eventOf,
  failureOf,
  type Outcome,
  outcomeOf,
  plannedOutcome,
  skipped,
  unexpanded,
  waitsForPlan,
} from './outcome.js'
import { type Part, trip } from './trip.js'

export interface ConvergeOptions extends ExpandOptions {
  report: Reporter
  /** The play's tasks and handlers that --tags and --skip-tags leave. */
  tasks: readonly Task[]
}

interface Planned {
  act: Act
  changes: readonly Change[]
  have: unknown
  error?: TaskFailed
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

  constructor(
    private readonly host: HostRun,
    private readonly session: Session,
    private readonly options: ConvergeOptions,
  ) {
    this.#queue = [...options.tasks]
    this.#handlers = new Handlers(host, options)
  }

  /** Resolves when the host is in state, or has failed, which `host.failed` then says. */
  async run(): Promise<void> {
    try {
      while (this.#queue.length > 0 || this.#handlers.due) await this.#settle(this.#take())
      await this.#handlers.strike(this.session)
    } catch (error) {
      if (!(error instanceof HostFailed)) throw error
      this.host.failed = 'failed'
    }
  }

  /** The next segment: tasks up to one that must wait for an outcome, or the due handlers. */
  #take(): Act[] {
    const acts: Act[] = []
    while (this.#queue.length > 0) {
      const next = this.#expandNext(acts)
      if (!next) break
      acts.push(...next)
    }
    return acts.length === 0 ? this.#handlers.take(new Set()) : acts
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
      else this.#skip(task, skipped(expanded.because.text))
      return []
    } catch (error) {
      // Whatever it is, it is this task's turn only when those before it are done.
      if (acts.length > 0) return undefined
      if (error instanceof NotYet) return this.#leaveOut(task, error)
      if (error instanceof InputError || error instanceof TaskFailed) this.#fail(task, error)
      throw error
    }
  }

  /** Probes the acts, and applies and verifies until nothing is left to do. */
  async #settle(segment: Act[]): Promise<void> {
    let acts = segment
    let seen: Seen = new Map()
    for (const act of acts)
      this.#tell({ event: 'start', host: this.host.name, id: act.id, task: act.name })
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
        if (changes.some(isReal)) this.#handlers.notify(act.task)
      // The last ones of the play: the handlers are looked at in the trip that applies these.
      if (rest.length === 0 && this.#queue.length === 0) rest = this.#handlers.take(registers(acts))
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
        ...(changes.some(isReal) ? this.#handlers.oweParts(act.task) : []),
        ...changes.map((change) => ({
          script: change.run,
          read: (frame: Frame) => void frames.set(change, frame),
        })),
        ...this.#handlers.strikeParts(act.task),
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
      const outcome = this.#outcome(plan, ran, seen)
      if (!outcome) return // A step before it failed, and was told.
      this.#finish(act, outcome)
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
    const broken = frames.findIndex(({ status }) => status !== 0)
    if (broken >= 0) {
      return outcomeOf(act, changes, have, frames, failureOf(changes[broken]!, frames[broken]!))
    }
    if (frames.length < changes.length) return undefined
    const after = seen.get(act)
    const now = after && 'have' in after ? after.have : have
    return outcomeOf(act, changes, now, frames, verify(act, after))
  }

  #finish(act: Act, outcome: Outcome): void {
    const { host } = this
    this.#tell(eventOf(act, host.name, outcome))
    const { register } = act.task
    if (register !== undefined) {
      host.register(register, this.#registered(act, outcome.result), act.task.at)
    }
    if (outcome.status === 'changed' && act.task.changedWhen) this.#handlers.notify(act.task)
    if (outcome.status !== 'failed') host.tally[outcome.status]++
    else if (act.task.ignoreErrors) host.tally.ignored++
    else {
      host.tally.failed++
      throw new HostFailed()
    }
  }

  /** A loop registers the results of all its turns. */
  #registered({ task }: Act, result: Readonly<Record<string, unknown>>): unknown {
    if (!task.loop) return result
    const results = [...(this.#turns.get(task) ?? []), result] as Record<string, unknown>[]
    this.#turns.set(task, results)
    const any = (key: string) => results.some((one) => one[key] === true)
    return { results, changed: any('changed'), failed: any('failed'), skipped: false }
  }

  #skip(task: Task, outcome: Outcome): void {
    const { host } = this
    if (task.register) host.register(task.register, outcome.result, task.at)
    host.tally.skipped++
    this.#tell(eventOf(unexpanded(task, host.check), host.name, outcome))
  }

  /** In a check run a task may read what nobody did; in a real one it reads what is not there. */
  #leaveOut(task: Task, { message }: NotYet): Act[] {
    if (!this.host.check) this.#fail(task, new TaskFailed(message))
    this.#queue.shift()
    this.#skip(task, waitsForPlan())
    return []
  }

  #fail(task: Task, error: DrPlayError): never {
    const { host } = this
    const outcome: Outcome = { status: 'failed', changes: [], result: {}, error }
    this.#tell(eventOf(unexpanded(task, host.check), host.name, outcome))
    host.tally.failed++
    throw new HostFailed()
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

  #trip(parts: Part[], mode: 'all' | 'until-failure', { as }: Act): Promise<void> {
    return trip(this.session, parts, mode, as)
  }

  #tell(event: Parameters<Reporter>[0]): void {
    this.options.report(event)
  }
}

/**
 * Plans in order. Stops after an act whose plan fails, or whose change makes what was seen
 * of the later ones stale.
 */
function planUpTo(acts: readonly Act[], seen: Seen): Planned[] {
  const planned: Planned[] = []
  for (const act of acts) {
    const plan = planOf(act, seen)
    planned.push(plan)
    const { resource, task, check } = act
    const alone = resource.disturbs === true || task.ignoreErrors || task.failedWhen !== undefined
    if (plan.error || (plan.changes.length > 0 && alone && !check)) break
  }
  return planned
}

function planOf(act: Act, seen: Seen): Planned {
  const found = seen.get(act)
  if (!found) return { act, changes: [], have: undefined, error: new TaskFailed('could not look') }
  if ('error' in found) return { act, changes: [], have: undefined, error: found.error }
  const { have } = found
  try {
    return { act, changes: act.resource.plan(act.want, have), have }
  } catch (error) {
    if (error instanceof TaskFailed) return { act, changes: [], have, error }
    throw error
  }
}

/** After the change the second plan must be empty. */
function verify(act: Act, after: ReturnType<Seen['get']>): TaskFailed | undefined {
  const want = settledWant(act)
  if (want === undefined) return undefined
  if (!after) return undefined
  if ('error' in after) return after.error
  try {
    const [left] = act.resource.plan(want, after.have).filter(isReal)
    return left && new TaskFailed(`applied, but still missing: ${left.summary}`)
  } catch (error) {
    if (error instanceof TaskFailed) return error
    throw error
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

const isReal = (change: Change) => !change.wait
