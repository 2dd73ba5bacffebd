import { TaskFailed } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { leavesTooFew, type Least } from '../lvs/capacity.js'
import type { VirtualService } from '../lvs/table.js'

/** How a task says what capacity must stay. */
export interface GuardArgs {
  min_active?: number | string
  force?: boolean
}

export const guardProperties: Record<keyof GuardArgs, Schema> = {
  min_active: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^([0-9]+|([0-9]|[1-9][0-9]|100)%)$' },
    ],
    default: '50%',
    description:
      'How many real servers of each service must keep a weight: a number, or a share of those it is meant to have. What would leave fewer is refused.',
  },
  force: { type: 'boolean', default: false, description: 'Do it all the same.' },
}

export function leastOf({ min_active: least = '50%', force = false }: GuardArgs): Least {
  if (force) return 0
  return /%$/.test(String(least)) ? (least as Least) : Number(least)
}

/**
 * @param whole how many real servers the service is meant to have
 * @throws TaskFailed when a change would leave too few of them
 */
export function refuseTooFew(
  have: VirtualService,
  after: VirtualService | undefined,
  least: Least,
  whole?: number,
): void {
  const refusal = leavesTooFew(have, after, least, whole)
  if (refusal === undefined) return
  throw new TaskFailed(refusal, 'take others in first, set min_active, or say -e force=true')
}
