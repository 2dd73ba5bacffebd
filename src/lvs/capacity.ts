import { serviceName, type VirtualService } from './table.js'

/** How many real servers of a service must stay active: a number, or a share such as `50%`. */
export type Least = number | `${number}%`

/**
 * Why a change of one virtual service must not be made: it would leave fewer real servers with
 * a weight than `least`. A change that takes none away is never refused.
 *
 * @param whole how many real servers the service is meant to have, where that is more than it has
 */
export function leavesTooFew(
  have: VirtualService,
  after: VirtualService | undefined,
  least: Least,
  whole = 0,
): string | undefined {
  const now = active(have)
  const then = after ? active(after) : 0
  const total = Math.max(have.realServers.length, whole)
  const needed = typeof least === 'number' ? least : share(least, total)
  if (then >= now || then >= needed) return undefined
  const of = `${then} of ${total} real ${total === 1 ? 'server' : 'servers'}`
  return `${serviceName(have)} would be left with ${of}, and ${needed} must stay`
}

function active({ realServers }: VirtualService): number {
  return realServers.filter(({ weight }) => weight > 0).length
}

function share(percent: `${number}%`, total: number): number {
  return Math.ceil((total * Number.parseFloat(percent)) / 100)
}
