import type { Status, Tally } from '../core/event.js'
import { type Column, tableLines } from './table.js'
import { type EventOf, paint, STYLES, type TextOptions } from './text.js'

/** The table of hosts, and one line that says how it all went. */
export function recapLines(recap: EventOf<'recap'>, options: TextOptions): string[] {
  const counted = columnsOf(recap)
  const heads = [...counted.map(({ head }) => head), 'trips', 'seconds']
  const columns: Column[] = [
    { head: 'host', align: 'left' },
    ...heads.map((head): Column => ({ head, align: 'right' })),
  ]
  const hosts = Object.entries(recap.hosts).filter(([, tally]) => tookPart(tally))
  const rows = rowsOf(hosts, isIn(recap.checked), options).map(({ name, members }) => {
    const sum = (count: keyof Tally, of?: (host: string) => boolean) =>
      members.reduce((total, [host, tally]) => total + (of?.(host) === false ? 0 : tally[count]), 0)
    const counts = counted.map(({ count, style, of }) => {
      const n = sum(count, of)
      return n > 0 ? paint(style, String(n), options) : '0'
    })
    const ms = members.reduce((most, [, tally]) => Math.max(most, tally.ms), 0)
    return [name, ...counts, String(sum('trips')), (ms / 1000).toFixed(1)]
  })
  return [...tableLines(columns, rows), '', verdict(recap, options)]
}

type Member = readonly [host: string, tally: Tally]
interface Row {
  name: string
  members: readonly Member[]
}

/** So many hosts that fared alike are still read one by one. */
const MANY = 50

/**
 * A row a host, in their order; but of thousands that fared well only those are worth a row that
 * did not fare like the rest. A host that did not fare well always has its own.
 */
function rowsOf(
  hosts: readonly Member[],
  isChecked: (host: string) => boolean,
  { verbose }: Pick<TextOptions, 'verbose'>,
): Row[] {
  const kinds = new Map<string, Member[]>()
  const kindOf = ([host, tally]: Member) => {
    if (tally.failed + tally.unreachable + tally.ignored + tally.rescued > 0) return undefined
    if (tally.changed === 0) return 'in state'
    return isChecked(host) ? 'would change' : 'changed'
  }
  for (const member of hosts) {
    const kind = kindOf(member)
    if (kind === undefined) continue
    const alike = kinds.get(kind)
    if (alike) alike.push(member)
    else kinds.set(kind, [member])
  }
  const many = verbose ? [] : [...kinds].filter(([, members]) => members.length > MANY)
  const summed = new Set(many.map(([kind]) => kind))
  return [
    ...many.map(([kind, members]) => ({ name: `${members.length} ${kind}`, members })),
    ...hosts
      .filter((member) => !summed.has(kindOf(member) ?? ''))
      .map((member) => ({ name: member[0], members: [member] })),
  ]
}

/** A host that no play was for was not even contacted. */
function tookPart({ ms, ...counts }: Tally): boolean {
  return ms > 0 || Object.values(counts).some((count) => count > 0)
}

/** What the table counts, of which hosts: what would change on some has not changed. */
function columnsOf({ hosts, checked }: EventOf<'recap'>) {
  const all = () => true
  const isChecked = isIn(checked)
  const plain = (status: Status) => ({
    head: status as string,
    count: status,
    style: STYLES[status],
    of: all,
  })
  // Most runs have none of these.
  const rare = (['ignored', 'rescued'] as const)
    .filter((count) => Object.values(hosts).some((tally) => tally[count] > 0))
    .map((count) => ({ head: count, count, style: STYLES.failed, of: all }))
  const names = Object.keys(hosts)
  const real = { ...plain('changed'), of: (host: string) => !isChecked(host) }
  const thought = { ...plain('changed'), head: 'would change', of: isChecked }
  return [
    plain('ok'),
    ...(names.every(isChecked) ? [] : [real]),
    ...(names.some(isChecked) ? [thought] : []),
    ...(['skipped', 'failed', 'unreachable'] as const).map(plain),
    ...rare,
  ]
}

function isIn(names: readonly string[]): (host: string) => boolean {
  const all = new Set(names)
  return (host) => all.has(host)
}

function verdict(recap: EventOf<'recap'>, options: TextOptions): string {
  const { hosts, checked, exit, ms } = recap
  const tallies = Object.entries(hosts).filter(([, tally]) => tookPart(tally))
  const some = (status: Exclude<keyof Tally, 'ms'>, of = (host: string) => host in hosts) =>
    tallies.filter(([host, tally]) => of(host) && tally[status] > 0).length
  const hostsOf = (n: number) => `${n} ${n === 1 ? 'host' : 'hosts'}`
  const seconds = `in ${(ms / 1000).toFixed(1)} s`
  if (exit === 130) return paint('red', `interrupted ${seconds}`, options)
  const bad = [
    ...(some('unreachable') > 0 ? [`${hostsOf(some('unreachable'))} unreachable`] : []),
    ...(some('failed') > 0 ? [`${hostsOf(some('failed'))} failed`] : []),
  ]
  if (bad.length > 0) return paint('red', `${bad.join(', ')} ${seconds}`, options)
  const all = tallies.length
  const names = tallies.map(([host]) => host)
  const isChecked = isIn(checked)
  const changed = some('changed', (host) => !isChecked(host))
  const drifted = some('changed', isChecked)
  const passed = some('ignored')
  if (changed + drifted + passed === 0)
    return paint('green', `everything in state on ${hostsOf(all)} ${seconds}`, options)
  const which = (n: number) => (n === all ? hostsOf(all) : `${n} of ${hostsOf(all)}`)
  const there = names.every(isChecked) ? '' : 'there '
  const said = [
    ...(changed > 0 ? [`${which(changed)} changed`] : []),
    ...(drifted > 0 ? [`${which(drifted)} would change, ${there}nothing was touched`] : []),
    ...(changed + drifted === 0 ? ['nothing was changed'] : []),
    ...(passed > 0 ? [`failures were ignored on ${which(passed)}`] : []),
  ]
  return paint('yellow', `${said.join('; ')}, ${seconds}`, options)
}
