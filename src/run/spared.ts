import type { Frame } from '../core/transport.js'
import type { Change } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Expanded } from './expand.js'
import type { Planned } from './plan.js'

/**
 * Handlers that are due no more, because what they would start anew is being started: it reads what
 * was written before. Should that fail they are due again.
 */
export class Spared {
  readonly #by = new Map<Planned, Task[]>()

  /**
   * @param due the handlers that are; this takes out of it, and puts back
   * @param expanded a handler as it would run now
   */
  constructor(
    private readonly due: Set<Task>,
    private readonly expanded: (handler: Task) => Expanded | undefined,
  ) {}

  /** Takes out those that the planned act makes needless. */
  consider(planned: Planned): void {
    if (!planned.changes.some((change) => change.renews)) return
    const needless = [...this.due].filter((handler) => this.#renewsSame(handler, planned))
    for (const handler of needless) this.due.delete(handler)
    this.#by.set(planned, needless)
  }

  /** Puts back those whose act was not done after all. */
  settle(frames: ReadonlyMap<Change, Frame>): void {
    for (const [{ act, changes }, handlers] of this.#by) {
      if (act.check || changes.every((change) => frames.get(change)?.status === 0)) continue
      for (const handler of handlers) this.due.add(handler)
    }
    this.#by.clear()
  }

  #renewsSame(handler: Task, { act }: Planned): boolean {
    const { resource, want } = act
    // Whom it notifies would be spared with it.
    const later = handler.notify.length === 0 ? this.expanded(handler) : undefined
    if (later?.kind !== 'act' || later.act.resource !== resource) return false
    const same = later.act.on === act.on && resource.key(later.act.want) === resource.key(want)
    return same && resource.renews?.(later.act.want) === true
  }
}
