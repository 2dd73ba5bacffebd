import type { Reporter } from '../core/event.js'
import { recapLines } from './recap.js'
import {
  enumerate,
  hostLines,
  isNews,
  paint,
  progressLine,
  taskLines,
  type TextOptions,
} from './text.js'

/** Plain lines as things happen: for a pipe, a log, or a terminal that is none. */
export function plainReporter(write: (text: string) => void, options: TextOptions): Reporter {
  const say = (lines: readonly string[]) => write(`${lines.join('\n')}\n`)
  return (event) => {
    switch (event.event) {
      case 'play':
        return say([
          paint('bold', `PLAY ${event.play}`, options) +
            ` (${enumerate(event.hosts) || 'no host'})`,
        ])
      case 'batch':
        return say([`batch of ${event.hosts.length}: ${enumerate(event.hosts)}`])
      case 'progress':
        return say([progressLine(event, options)])
      case 'task':
        return isNews(event) || options.verbose ? say(taskLines(event, options)) : undefined
      case 'host':
        return say(hostLines(event, options))
      case 'note':
        return say([
          `${paint('cyan', 'note'.padEnd(12), options)} ${event.host ? `${event.host}: ` : ''}${event.message}`,
        ])
      case 'recap':
        return say(['', ...recapLines(event, options)])
      case 'run':
      case 'start':
        return
    }
  }
}
