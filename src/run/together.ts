import type { AnyResource } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'

/** Two acts on one thing, by different users, or on different hosts, are done one after the other. */
export function clashes(act: Act, acts: readonly Act[]): boolean {
  return acts.some(
    (other) => other.key === act.key || other.as?.user !== act.as?.user || other.on !== act.on,
  )
}

/**
 * What is tried again, or waited for by others, or waits for them, has a segment of its own; and
 * what gathers facts, which those before it may change and those after it may read.
 */
export function standsAlone(
  task: Task,
  acts: readonly Act[],
  modules: ReadonlyMap<string, AnyResource>,
): boolean {
  return [task, ...acts.map((act) => act.task)].some(
    ({ module, until, runOnce, throttle }) =>
      until !== undefined || runOnce || Boolean(throttle) || modules.get(module)?.gathers,
  )
}

/** The variables that acts under way will set. */
export function registers(acts: readonly Act[]): Set<string> {
  return new Set(acts.flatMap(({ task }) => task.register ?? []))
}
