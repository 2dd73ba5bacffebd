import { styleText } from 'node:util'
import { where } from '../core/errors.js'
import type { Event, Status, Tally, TaskEvent } from '../core/event.js'
import type { Diff } from '../core/resource.js'
import { type Column, tableLines } from './table.js'

export interface TextOptions {
  colour: boolean
  /** Makes the lines of a unified diff; without it none is shown. */
  diff?: ((diff: Diff) => readonly string[]) | undefined
  /** Show also what was found in state, and skipped. */
  verbose: boolean
}

type Style = Parameters<typeof styleText>[0]
type EventOf<Name extends Event['event']> = Extract<Event, { event: Name }>

const FEW = 8

const STYLES: Record<Status, Style> = {
  ok: 'green',
  changed: 'yellow',
  skipped: 'cyan',
  failed: 'red',
  unreachable: 'magenta',
}

export function paint(style: Style, text: string, { colour }: Pick<TextOptions, 'colour'>): string {
  return colour ? styleText(style, text, { validateStream: false }) : text
}

/**
 * How a task ended on a host, or in the same way on several: a line, and below it what
 * changed, or what went wrong.
 */
export function taskLines(
  event: TaskEvent,
  options: TextOptions,
  hosts: readonly string[] = [event.host],
): string[] {
  const { status, task, item, message, hint, at } = event
  const end = event.ignored ? ', ignored' : event.rescued ? ', rescued' : ''
  const word = `${wordOf(event)}${end}`
  const of = item === undefined ? '' : ` (${item})`
  const head = `${paint(STYLES[status], word.padEnd(12), options)} ${enumerate(hosts)}: ${task}${of}`
  const lines = event.changes.flatMap(({ summary, diff }) => [
    `    ${summary}`,
    ...(options.diff && diff
      ? coloured(options.diff(diff), options).map((line) => `      ${line}`)
      : []),
  ])
  if (message !== undefined) lines.push(...indent(message))
  if (at) lines.push(`    ${paint('dim', `at ${where(at)}`, options)}`)
  if (hint !== undefined) lines.push(...indent(hint))
  return [head, ...lines]
}

/** How far a long change is. */
export function progressLine(event: EventOf<'progress'>, options: TextOptions): string {
  return `${paint('dim', '...'.padEnd(12), options)} ${event.host}: ${event.message}`
}

/** Names, of which the first few stand for many. */
export function enumerate(hosts: readonly string[]): string {
  if (hosts.length <= FEW) return hosts.join(', ')
  return `${hosts.slice(0, FEW - 1).join(', ')} and ${hosts.length - FEW + 1} more`
}

function wordOf({ status, check }: TaskEvent): string {
  return status === 'changed' && check ? 'would change' : status
}

export function hostLines(event: EventOf<'host'>, options: TextOptions): string[] {
  const head = `${paint(STYLES[event.status], event.status.padEnd(12), options)} ${event.host}`
  return [head, ...indent(event.message), ...(event.hint === undefined ? [] : indent(event.hint))]
}

/** Whether an event says more than that nothing was to be done. */
export function isNews(event: TaskEvent): boolean {
  if (event.status === 'ok') return event.message !== undefined
  return event.status !== 'skipped'
}

function coloured(lines: readonly string[], options: TextOptions): string[] {
  return lines.map((line) => {
    const style = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim'
    return paint(style, line, options)
  })
}

/** The table of hosts, and one line that says how it all went. */
export function recapLines(recap: EventOf<'recap'>, options: TextOptions): string[] {
  const counted = columnsOf(recap)
  const heads = [...counted.map(({ head }) => head), 'trips', 'seconds']
  const columns: Column[] = [
    { head: 'host', align: 'left' },
    ...heads.map((head): Column => ({ head, align: 'right' })),
  ]
  const rows = Object.entries(recap.hosts)
    .filter(([, tally]) => tookPart(tally))
    .map(([host, tally]) => {
      const counts = counted.map(({ status, of }) =>
        count(of(host) ? tally[status] : 0, status, options),
      )
      return [host, ...counts, String(tally.trips), (tally.ms / 1000).toFixed(1)]
    })
  return [...tableLines(columns, rows), '', verdict(recap, options)]
}

/** A host that no play was for was not even contacted. */
function tookPart({ ms, ...counts }: Tally): boolean {
  return ms > 0 || Object.values(counts).some((count) => count > 0)
}

/** What the table counts, of which hosts: what would change on some has not changed. */
function columnsOf({ hosts, checked }: EventOf<'recap'>) {
  const all = () => true
  const isChecked = (host: string) => checked.includes(host)
  const plain = (status: Status) => ({ head: status as string, status, of: all })
  const names = Object.keys(hosts)
  const real = { ...plain('changed'), of: (host: string) => !isChecked(host) }
  const thought = { head: 'would change', status: 'changed' as const, of: isChecked }
  return [
    plain('ok'),
    ...(names.every(isChecked) ? [] : [real]),
    ...(names.some(isChecked) ? [thought] : []),
    ...(['skipped', 'failed', 'unreachable'] as const).map(plain),
  ]
}

function count(n: number, status: Status, options: TextOptions): string {
  return n > 0 ? paint(STYLES[status], String(n), options) : '0'
}

function verdict(recap: EventOf<'recap'>, options: TextOptions): string {
  const { hosts, checked, exit, ms } = recap
  const tallies = Object.entries(hosts).filter(([, tally]) => tookPart(tally))
  const some = (status: Status, of = (host: string) => host in hosts) =>
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
  const isChecked = (host: string) => checked.includes(host)
  const changed = some('changed', (host) => !isChecked(host))
  const drifted = some('changed', isChecked)
  if (changed + drifted === 0)
    return paint('green', `everything in state on ${hostsOf(all)} ${seconds}`, options)
  const which = (n: number) => (n === all ? hostsOf(all) : `${n} of ${hostsOf(all)}`)
  const there = names.every(isChecked) ? '' : 'there '
  const said = [
    ...(changed > 0 ? [`${which(changed)} changed`] : []),
    ...(drifted > 0 ? [`${which(drifted)} would change, ${there}nothing was touched`] : []),
  ]
  return paint('yellow', `${said.join('; ')}, ${seconds}`, options)
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`)
}
