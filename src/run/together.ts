import type { AnyResource } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'
import type { Expanded } from './expand.js'
import type { Due } from './queue.js'

/**
 * Two acts on one thing, by different users, on different hosts, or of which one alone may be
 * lost with its host, are done one after the other.
 */
function clashes(act: Act, acts: readonly Act[]): boolean {
  return acts.some(
    (other) =>
      other.key === act.key ||
      other.as?.user !== act.as?.user ||
      other.on !== act.on ||
      Boolean(other.task.ignoreUnreachable) !== Boolean(act.task.ignoreUnreachable),
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
  const tasks = [task, ...acts.map((act) => act.task)]
  if (tasks.some(({ module, until }) => until ?? modules.get(module)?.gathers)) return true
  // The turns of one loop may go together.
  return new Set(tasks).size > 1 && tasks.some((each) => each.runOnce || Boolean(each.throttle))
}

/** Whether what comes next can go with acts that are under way. */
export function joins(expanded: Expanded, { task, turn }: Due, acts: readonly Act[]): boolean {
  if (acts.length === 0) return true
  switch (expanded.kind) {
    case 'act':
      return !clashes(expanded.act, acts)
    case 'block':
    case 'pause':
    case 'meta':
      return false
    case 'skipped':
    case 'facts':
      // What a loop registers is known when all its turns were told, and must be missed till then.
      return !turn || task.register === undefined || acts.some((act) => act.task === task)
    case 'turns':
    case 'included':
      return true
  }
}

/** The variables that acts under way will set. */
export function registers(acts: readonly Act[]): Set<string> {
  return new Set(acts.flatMap(({ task }) => task.register ?? []))
}
