import { InputError, TaskFailed } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Task } from '../site/model.js'
import { NotYet } from '../site/scope.js'
import type { Act, ExpandOptions } from './act.js'
import { type Endings, Failed } from './endings.js'
import { delegateOf, expand } from './expand.js'
import type { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import type { Once } from './once.js'
import { settled, skipped } from './outcome.js'
import { pause } from './pause.js'
import type { Guard, Item, Queue } from './queue.js'
import { clashes, registers, standsAlone } from './together.js'

export interface SegmentsOptions extends ExpandOptions {
  report: Reporter
  signal: AbortSignal
  once: Once
  /** Connects to the host itself, where that was not done yet. */
  greet: () => Promise<unknown>
  /** The run's record of a host of the inventory. @throws InputError when there is none */
  hostNamed: (name: string, at: Task['at']) => HostRun
  /** Connects to a host that delegate_to names. */
  delegate: (name: string, at: Task['at']) => Promise<HostRun>
}

/** What a host has still to do, taken from its queue in segments: acts that go together. */
export class Segments {
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
    const first = this.head
    for (let item = first; item; item = this.queue.head) {
      // Through the gate of a throttle goes one task, and nothing in its shadow.
      if (item !== first && (isThrottled(first!) || isThrottled(item))) break
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
    if (
      acts.length > 0 &&
      (item.kind === 'unrescued' || standsAlone(item.task, acts, this.options.modules))
    )
      return undefined
    if (item.guard !== (acts.length > 0 ? acts[0]!.guard : item.guard)) return undefined
    if (item.kind === 'unrescued') {
      this.queue.shift()
      throw new Failed(item.guard)
    }
    const { task, guard } = item
    if (task.runOnce && this.options.once.leader !== this.host.name)
      return this.#follow(task, guard)
    try {
      return await this.#expand(task, guard, acts)
    } catch (error) {
      // Whatever it is, it is this task's turn only when those before it are done.
      if (acts.length > 0) return undefined
      if (error instanceof NotYet && !this.host.facts) await this.options.greet()
      else if (error instanceof NotYet) {
        this.queue.shift()
        this.endings.leaveOut(task, guard, error)
      } else if (error instanceof InputError || error instanceof TaskFailed) {
        this.queue.shift()
        this.endings.fail(task, guard, error)
      } else throw error
      return []
    }
  }

  async #expand(
    task: Task,
    guard: Guard | undefined,
    acts: readonly Act[],
  ): Promise<readonly Act[] | undefined> {
    const pending = registers(acts)
    const delegate = delegateOf(task, this.host, pending, this.options)
    const away = delegate !== undefined && this.options.modules.has(task.module)
    const on = away ? await this.options.delegate(delegate, task.delegateTo!.at) : this.host
    const expanded = expand(task, this.host, pending, this.options, on)
    const last = acts.at(-1)
    switch (expanded.kind) {
      case 'acts': {
        const own = expanded.acts.map((act) => ({ ...act, guard }))
        if (own.some((act) => clashes(act, acts))) return undefined
        this.queue.shift()
        return own
      }
      case 'included':
        this.queue.shift()
        this.queue.unshift(expanded.tasks, guard)
        return []
      case 'block':
        if (acts.length > 0) return undefined
        this.queue.shift()
        this.queue.open(expanded.block, guard)
        return []
      case 'skipped':
        this.queue.shift()
        this.endings.leave(task, skipped(expanded.because.text), last)
        return []
      case 'facts':
        this.queue.shift()
        this.#setFacts(task, expanded.values, delegate)
        this.endings.leave(task, settled({ ansible_facts: expanded.values }), last)
        return []
      case 'pause':
        if (acts.length > 0) return undefined
        this.queue.shift()
        if (!this.host.check) await pause(expanded.seconds, this.options.signal)
        this.endings.leave(task, settled(), last)
        return []
      case 'meta':
        if (acts.length > 0) return undefined
        this.queue.shift()
        if (expanded.action === 'flush_handlers') this.queue.unshift(this.handlers.take(), guard)
        else if (expanded.action !== 'noop') this.queue.clear()
        return []
    }
  }

  #setFacts(task: Task, values: object, delegate?: string): void {
    const named = task.delegateFacts && delegate !== undefined
    const whose = named ? this.options.hostNamed(delegate, task.delegateTo!.at) : this.host
    for (const [name, value] of Object.entries(values)) whose.register(name, value, task.at)
  }

  /** What the first host of the batch did for all of them. */
  async #follow(task: Task, guard: Guard | undefined): Promise<readonly Act[]> {
    const { leader } = this.options.once
    this.queue.shift()
    const verdict = await this.options.once.verdict(task)
    if (!verdict) {
      const error = new TaskFailed(`${leader} was to do this for all, and did not`)
      this.endings.fail(task, guard, error)
      return []
    }
    const { value } = verdict
    if (task.register !== undefined) this.host.register(task.register, value, task.at)
    if (task.module === 'set_fact') this.#setFacts(task, value.ansible_facts ?? {})
    return []
  }
}

const isThrottled = (item: Item) => item.kind === 'task' && Boolean(item.task.throttle)
