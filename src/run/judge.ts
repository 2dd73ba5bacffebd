import { InputError, TaskFailed } from '../core/errors.js'
import type { Frame } from '../core/transport.js'
import type { Seen } from './observe.js'
import {
  broken,
  failureOf,
  notWaited,
  type Outcome,
  outcomeOf,
  plannedOutcome,
  waitsForPlan,
} from './outcome.js'
import { isReal, type Planned, verify } from './plan.js'

/**
 * How a planned act ended.
 *
 * @param frames of those of its changes that were run
 * @param drifted whether the check run planned a change before, on which a wait may wait
 * @returns undefined when it was not come to, because a step before it failed
 */
export function judge(
  plan: Planned,
  frames: readonly Frame[],
  seen: Seen,
  drifted: boolean,
): Outcome | undefined {
  try {
    return judgeStrictly(plan, frames, seen, drifted)
  } catch (error) {
    // A condition on the outcome that cannot be worked out is the task's failure.
    if (error instanceof InputError) return broken(error)
    throw error
  }
}

function judgeStrictly(
  { act, changes, have, error }: Planned,
  frames: readonly Frame[],
  seen: Seen,
  drifted: boolean,
): Outcome | undefined {
  const { check } = act
  if (check && !error && changes.length > 0 && !changes.some(isReal)) {
    if (drifted) return waitsForPlan()
    if (changes.every((change) => change.wait === 'real run')) return notWaited()
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
