import {
  type DrPlayError,
  InputError,
  InputErrors,
  TaskFailed,
  Unreachable,
} from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Result } from '../core/resource.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import type { Act, ExpandOptions } from './act.js'
import { type Endings, Failed } from './endings.js'
import { delegateOf, expand, type Expanded, type Pause } from './expand.js'
import type { Foresight } from './foresight.js'
import { unknownHandlers } from './handler-names.js'
import type { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import type { Once } from './once.js'
import { settled, skipped } from './outcome.js'
import { pause } from './pause.js'
import type { Ask, Questions } from './questions.js'
import type { Due, Item, Queue } from './queue.js'
import type { Steps } from './steps.js'
import { joins, registers, standsAlone } from './together.js'

export interface SegmentsOptions extends ExpandOptions {
  report: Reporter
  signal: AbortSignal
  once: Once
  foresight: Foresight | undefined
  ask: Ask
  questions: Questions
  /** Under --step every task is a segment of its own. */
  steps: Steps | undefined
  /** Connects to the host itself, where that was not done yet. */
  greet: () => Promise<unknown>
  /** The run's record of a host of the inventory. @throws InputError when there is none */
  hostNamed: (name: string, at: Task['at']) => HostRun
  /** Connects to a host that delegate_to names. */
  delegate: (name: string, at: Task['at']) => Promise<HostRun>
}

/** What a host has still to do, taken from its queue in segments: acts that go together. */
export class Segments {
  /** By what is said of it, the use of each role of which something was done here. */
  readonly #done = new Map<string, Task['roleUse']>()

  constructor(
    private readonly host: HostRun,
    private readonly options: SegmentsOptions,
    private readonly queue: Queue,
    private readonly handlers: Handlers,
    private readonly endings: Endings,
  ) {}

  /** What comes next; after the last task the due handlers. */
  get head(): Item | undefined {
    if (this.queue.empty) this.queue.unshift(this.handlers.take(), undefined)
    return this.queue.head
  }

  /**
   * The next acts, up to one that must wait for an outcome.
   *
   * @param before acts under way
   */
  async take(before: readonly Act[]): Promise<Act[]> {
    const acts: Act[] = []
    // The next task is asked for when those under way are over.
    if (this.options.steps && before.length > 0) return acts
    const first = this.head
    for (let item = first; item; item = this.queue.head) {
      // Through the gate of a throttle, or of --step, goes one task, and nothing in its shadow.
      const gated = this.options.steps ?? (isThrottled(first) || isThrottled(item))
      if (gated && taskOf(item) !== taskOf(first)) break
      const next = await this.#expandNext(item, [...before, ...acts])
      if (!next) break
      acts.push(...next)
    }
    for (const { id, name } of acts) {
      this.options.report({ event: 'start', host: this.host.name, id, task: name })
    }
    return acts
  }

  /** The acts of the item at the head of the queue; undefined when it begins a new segment. */
  async #expandNext(item: Item, acts: readonly Act[]): Promise<readonly Act[] | undefined> {
    if (acts.length > 0 && this.#begins(item, acts)) return undefined
    if (item.guard !== (acts.length > 0 ? acts[0]!.guard : item.guard)) return undefined
    if (item.kind === 'unrescued') {
      this.queue.shift()
      throw new Failed(item.guard)
    }
    const { task } = item
    if (this.#isRepeated(task)) {
      this.queue.shift()
      return []
    }
    const follows = task.runOnce && !task.block && this.options.once.leader !== this.host.name
    if (follows) return this.#follow(item)
    try {
      return await this.#expand(item, acts)
    } catch (error) {
      // Whatever it is, it is this task's turn only when those before it are done.
      if (acts.length > 0) return undefined
      if (error instanceof NotYet && !this.host.facts) await this.options.greet()
      else if (error instanceof NotYet) {
        this.queue.shift()
        this.endings.leaveOut(item, error)
      } else if (isOwn(error)) {
        this.queue.shift()
        this.endings.fail(item, error)
      } else if (error instanceof Unreachable && item.task.ignoreUnreachable) {
        this.queue.shift()
        this.endings.lose(item, error)
      } else throw error
      return []
    }
  }

  /** Whether something must not be looked at before acts under way are done. */
  #begins(item: Item, acts: readonly Act[]): boolean {
    if (item.kind === 'unrescued') return true
    if (acts.some(({ task }) => this.handlers.mayNotify(task))) return true
    return standsAlone(item.task, acts, this.options.modules)
  }

  async #expand(due: Due, acts: readonly Act[]): Promise<readonly Act[] | undefined> {
    const { task, guard } = due
    const pending = registers(acts)
    const delegate = delegateOf(due, this.host, pending, this.options)
    const away = delegate !== undefined && this.options.modules.has(task.module)
    const on = away ? await this.options.delegate(delegate, task.delegateTo!.at) : this.host
    const expanded =
      this.options.foresight?.expanded(due) ?? expand(due, this.host, pending, this.options, on)
    const [unknown] = unknownHandlers(task, this.options.play.handlers)
    if (unknown && expanded.kind === 'act') throw unknown
    const last = acts.at(-1)
    if (!joins(expanded, due, acts) && !this.#isIdle(expanded, acts)) return undefined
    this.queue.shift()
    if (task.roleUse && DOES_SOMETHING.has(expanded.kind)) {
      this.#done.set(task.roleUse.key, task.roleUse)
    }
    switch (expanded.kind) {
      case 'act':
        return [expanded.act]
      case 'turns':
        this.queue.put(expanded.turns.map((each) => ({ task, guard, turn: each })))
        break
      case 'included':
        this.endings.open(due)
        this.queue.unshift(expanded.tasks, guard)
        break
      case 'block':
        this.endings.open(due)
        this.queue.open(expanded.block, guard)
        break
      case 'skipped':
        this.endings.leave(due, skipped(expanded.because.text), last, expanded.name)
        break
      case 'facts':
        this.#setFacts(task, expanded.values, delegate)
        this.endings.leave(due, settled({ ansible_facts: expanded.values }), last, expanded.name)
        break
      case 'pause':
        await this.#pause(due, expanded)
        break
      case 'meta':
        if (expanded.action === 'flush_handlers') this.queue.unshift(this.handlers.take(), guard)
        else if (expanded.action !== 'noop') this.queue.clear()
    }
    return []
  }

  /** As in Ansible, a role is done once, however many depend on it; left out is not done. */
  #isRepeated({ roleUse }: Task): boolean {
    const done = roleUse && this.#done.get(roleUse.key)
    return done !== undefined && done !== roleUse
  }

  /** A flush of handlers that nobody notified, nor may, needs not wait for anybody. */
  #isIdle(expanded: Expanded, acts: readonly Act[]): boolean {
    if (expanded.kind !== 'meta' || expanded.action !== 'flush_handlers') return false
    return !this.handlers.due && acts.every(({ task }) => task.notify.length === 0)
  }

  async #pause(
    due: Due,
    { name, seconds, prompt, hidden }: Pause & { name: string },
  ): Promise<void> {
    const { ask, questions, report, signal } = this.options
    const { name: host, check } = this.host
    let answer = ''
    if (seconds !== undefined && !check) {
      if (prompt !== undefined) report({ event: 'note', host, message: prompt })
      await pause(seconds, signal)
    } else if (!check) {
      const put = () => ask(`${prompt ?? 'Press Enter to go on, Ctrl-C to end'}: `, hidden)
      try {
        answer = await questions.put(host, due.task, 'pause', put)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        return this.endings.fail(due, error)
      }
    }
    this.endings.leave(due, settled({ user_input: answer }), undefined, name)
  }

  #setFacts(task: Task, values: object, delegate?: string): void {
    const named = task.delegateFacts && delegate !== undefined
    const whose = named ? this.options.hostNamed(delegate, task.delegateTo!.at) : this.host
    for (const [name, value] of Object.entries(values)) whose.register(name, value, task.at)
  }

  /** What the first host of the batch did for all of them. */
  async #follow(due: Due): Promise<readonly Act[]> {
    const { task } = due
    const { leader } = this.options.once
    this.queue.shift()
    // Its tasks are that host's alone.
    if (task.include) return []
    this.options.questions.rest(this.host.name)
    const verdict = await this.options.once.verdict(task)
    this.options.questions.resume(this.host.name)
    if (!verdict) {
      this.endings.fail(due, new TaskFailed(`${leader} was to do this for all, and did not`))
      return []
    }
    const { value } = verdict
    if (task.register !== undefined) this.host.register(task.register, value, task.at)
    if (task.module === 'set_fact') {
      for (const result of (value.results as Result[] | undefined) ?? [value]) {
        this.#setFacts(task, result.ansible_facts ?? {})
      }
    }
    return []
  }
}

const DOES_SOMETHING: ReadonlySet<Expanded['kind']> = new Set([
  ...(['act', 'facts', 'pause', 'included'] as const),
])

/** Whether an error is a task's own failure, and not one of its host or of ours. */
function isOwn(error: unknown): error is DrPlayError {
  return [InputError, InputErrors, TaskFailed].some((kind) => error instanceof kind)
}

const taskOf = (item: Item | undefined) => (item?.kind === 'task' ? item.task : undefined)

const isThrottled = (item: Item | undefined) => Boolean(taskOf(item)?.throttle)
