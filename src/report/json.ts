import type { Reporter } from '../core/event.js'

/** One JSON event a line; the last one is the recap. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return (event) => write(`${JSON.stringify(event)}\n`)
}
