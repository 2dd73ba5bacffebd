import { isDeepStrictEqual } from 'node:util'
import type { Facts } from '../core/facts.js'
import type { Become, Target } from '../core/transport.js'
import type { Task } from '../site/model.js'
import type { Act, ExpandOptions } from './act.js'
import { expand, type Expanded } from './expand.js'
import type { HostRun } from './host.js'
import { probeParts, type Seen } from './observe.js'
import type { Due } from './queue.js'
import { joins, registers, standsAlone } from './together.js'
import type { Part } from './trip.js'

/** The facts of hosts, as they were told last: what a host is likely to tell again. */
export interface FactCache {
  get(target: Target): Facts | undefined
  put(target: Target, facts: Facts): void
}

/**
 * The first segment of a host's first play, worked out before the host was asked for its facts:
 * without any, or by those it told last time. It is looked at in the very trip that asks for them.
 * When the facts turn out to be others, it is worked out again: what was looked at for the wrong
 * reason was a look, and no more.
 */
export class Foresight {
  readonly #expanded = new Map<object, Expanded>()
  readonly #acts: Act[] = []
  readonly #seen: Seen = new Map()

  constructor(
    tasks: readonly Task[],
    host: HostRun,
    private readonly guess: Facts | undefined,
    options: ExpandOptions,
  ) {
    host.suppose(guess, () => this.#foresee(tasks, host, options))
  }

  /** Looks at what is foreseen, in a trip of the user who would be asked for it later. */
  parts(as: Become | undefined): Part[] {
    const [first] = this.#acts
    if (!first || first.as?.user !== as?.user) return []
    return probeParts(this.#acts, this.#seen, ({ want }) => want)
  }

  /** Forgets what was worked out when the host is not what it was taken for. */
  compare(facts: Facts): void {
    if (this.guess !== undefined && !isDeepStrictEqual(this.guess, facts)) this.#expanded.clear()
  }

  expanded({ task, turn }: Due): Expanded | undefined {
    return this.#expanded.get(turn ?? task)
  }

  /** What was seen ahead of the acts that came of it all, once: later it is old. */
  use(acts: readonly Act[]): Seen {
    const seen: Seen = new Map()
    for (const act of acts) {
      const ahead = this.#acts.find((other) => other === act || looksAlike(other, act))
      const found = ahead && this.#seen.get(ahead)
      if (found) seen.set(act, found)
    }
    this.#expanded.clear()
    this.#seen.clear()
    return seen
  }

  /** As far as nothing is done, nobody else is waited for, and nothing is told. */
  #foresee(tasks: readonly Task[], host: HostRun, options: ExpandOptions): void {
    const dues: Due[] = tasks.filter(options.selected).map((task) => ({ task }))
    for (let due = dues.shift(); due; due = dues.shift()) {
      const expanded = this.#expand(due, host, options)
      if (!expanded || !joins(expanded, due, this.#acts)) return
      const { task } = due
      if (expanded.kind === 'act') this.#acts.push(expanded.act)
      else if (expanded.kind === 'turns')
        dues.unshift(...expanded.turns.map((turn) => ({ task, turn })))
      else if (expanded.kind === 'included')
        dues.unshift(...expanded.tasks.map((each) => ({ task: each })))
      else if (expanded.kind !== 'skipped') return
      this.#expanded.set(due.turn ?? task, expanded)
    }
  }

  /** Whatever is wrong with it is told when its turn comes. */
  #expand(due: Due, host: HostRun, options: ExpandOptions): Expanded | undefined {
    const { task } = due
    if (task.block ?? task.delegateTo ?? task.throttle ?? task.until) return undefined
    if (task.runOnce || standsAlone(task, this.#acts, options.modules)) return undefined
    try {
      return expand(due, host, registers(this.#acts), options)
    } catch {
      return undefined
    }
  }
}

/** Whether a host is asked the same for both. */
function looksAlike(one: Act, other: Act): boolean {
  return (
    one.resource === other.resource &&
    one.on === other.on &&
    one.as?.user === other.as?.user &&
    isDeepStrictEqual(one.want, other.want)
  )
}
