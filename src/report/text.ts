import { styleText } from 'node:util'
import { where } from '../core/errors.js'
import type { Event, Status, TaskEvent } from '../core/event.js'
import type { Diff } from '../core/resource.js'

export interface TextOptions {
  colour: boolean
  /** Makes the lines of a unified diff; without it none is shown. */
  diff?: ((diff: Diff) => readonly string[]) | undefined
  /** Show also what was found in state, and skipped. */
  verbose: boolean
}

type Style = Parameters<typeof styleText>[0]
export type EventOf<Name extends Event['event']> = Extract<Event, { event: Name }>

const FEW = 8

export const STYLES: Record<Status, Style> = {
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
  const word = `${event.status}${event.ignored ? ', ignored' : ''}`
  const head = `${paint(STYLES[event.status], word.padEnd(12), options)} ${event.host}`
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

function indent(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`)
}
