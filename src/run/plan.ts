import { TaskFailed } from '../core/errors.js'
import type { Change } from '../core/resource.js'
import type { Task } from '../site/model.js'
import type { Act } from './act.js'
import { type Seen, settledWant } from './observe.js'

/** What is missing of an act, or why that cannot be told. */
export interface Planned {
  act: Act
  changes: readonly Change[]
  have: unknown
  error?: TaskFailed
}

/**
 * Plans in order. Stops after an act whose plan fails, or whose change makes what was seen
 * of the later ones stale.
 */
export function planUpTo(acts: readonly Act[], seen: Seen): Planned[] {
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
export function verify(act: Act, after: ReturnType<Seen['get']>): TaskFailed | undefined {
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

/** Whether only its outcome says if a change counts as one. */
export const isJudged = ({ changedWhen, failedWhen, ignoreErrors }: Task) =>
  changedWhen !== undefined || failedWhen !== undefined || ignoreErrors

/** A wait is no change. */
export const isReal = (change: Change) => !change.wait
