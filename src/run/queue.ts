import type { Block, Task } from '../site/model.js'
import type { Turn } from './turn.js'

/**
 * The part of a block that a task belongs to, on one host. `outer` is the part in which that
 * block itself stands.
 */
export interface Guard {
  block: Block
  part: 'block' | 'rescue' | 'always'
  outer: Guard | undefined
}

/** A task to come, or one turn of its loop. */
export interface Due {
  task: Task
  guard?: Guard | undefined
  turn?: Turn | undefined
}

/** What is to come; after the always of a block that nobody rescued, the end of that block. */
export type Item = ({ kind: 'task' } & Due) | { kind: 'unrescued'; guard: Guard | undefined }

/** What a host still has to do of a play, with the blocks it is in. */
export class Queue {
  #items: Item[]

  /** @param selected whether --tags and --skip-tags leave a task */
  constructor(
    tasks: readonly Task[],
    private readonly selected: (task: Task) => boolean,
  ) {
    this.#items = this.#itemsOf(tasks, undefined)
  }

  get empty(): boolean {
    return this.#items.length === 0
  }

  get head(): Item | undefined {
    return this.#items[0]
  }

  shift(): void {
    this.#items.shift()
  }

  clear(): void {
    this.#items = []
  }

  /** Puts tasks before all others, whatever their tags: handlers, and what was chosen already. */
  unshift(tasks: readonly Task[], guard: Guard | undefined): void {
    this.#items.unshift(...itemsOf(tasks, guard))
  }

  /** Puts what is to be done next before all others. */
  put(dues: readonly Due[]): void {
    this.#items.unshift(
      ...dues.map(({ task, guard, turn }) => ({ kind: 'task', task, guard, turn }) as const),
    )
  }

  /** Puts a handler among those that come next, in the order that the play has them. */
  slipIn(handler: Task, order: readonly Task[]): void {
    const place = (item: Item | undefined) =>
      item?.kind === 'task' ? order.indexOf(item.task) : -1
    let at = 0
    while (at < this.#items.length) {
      const next = place(this.#items[at])
      if (next < 0 || next > order.indexOf(handler)) break
      at++
    }
    const guard = at > 0 ? this.#items[at - 1]!.guard : this.#items[at]?.guard
    this.#items.splice(at, 0, { kind: 'task', task: handler, guard })
  }

  /** Puts a block's tasks in its place, and after them its always. */
  open(block: Block, outer: Guard | undefined): void {
    const part = (name: Guard['part']) => ({ block, part: name, outer })
    this.#items.unshift(
      ...this.#itemsOf(block.block, part('block')),
      ...this.#itemsOf(block.always, part('always')),
    )
  }

  /** Whether a failure under this guard is mended by a rescue. */
  rescues(guard: Guard | undefined): boolean {
    if (!guard) return false
    if (guard.part === 'block' && guard.block.rescue.length > 0) return true
    return this.rescues(guard.outer)
  }

  /**
   * Goes on after a failure: with the rescue, or the always of the blocks around it.
   *
   * @returns false when there is nothing left to go on with
   */
  fail(guard: Guard | undefined): boolean {
    if (!guard) return false
    const { block, part, outer } = guard
    this.#items = this.#items.filter((item) => !within(item.guard, block, part))
    if (part === 'block' && block.rescue.length > 0) {
      this.#items.unshift(...this.#itemsOf(block.rescue, { block, part: 'rescue', outer }))
      return true
    }
    if (part === 'always') return this.fail(outer)
    const last = this.#items.findLastIndex((item) => within(item.guard, block, 'always'))
    if (last < 0) return this.fail(outer)
    this.#items.splice(last + 1, 0, { kind: 'unrescued', guard: outer })
    return true
  }

  #itemsOf(tasks: readonly Task[], guard: Guard | undefined): Item[] {
    return itemsOf(tasks.filter(this.selected), guard)
  }
}

function itemsOf(tasks: readonly Task[], guard: Guard | undefined): Item[] {
  return tasks.map((task) => ({ kind: 'task', task, guard }))
}

/** Whether a guard is a part of a block, or inside of it. */
function within(guard: Guard | undefined, block: Block, part: Guard['part']): boolean {
  if (!guard) return false
  return (guard.block === block && guard.part === part) || within(guard.outer, block, part)
}
